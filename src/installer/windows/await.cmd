
:carry_out
schtasks /run /tn "%task%" >nul
if "%ERRORLEVEL%"=="0" goto :await
echo the task scheduler did not start the job 1>&2
exit /b 74
:await
set "status="
set "told="
set /a waited=0
:await_more
if exist "%staging%\%job%.rc" goto :ended
if not exist "%staging%\%job%.cmd" goto :gone
rem The only pause that wants no console.
ping -n 2 127.0.0.1 >nul
set /a waited+=1
if exist "%staging%\%job%.begun" goto :begun
if %waited% lss 60 goto :await_more
rem What would begin now had no permit any more.
schtasks /end /tn "%task%" >nul 2>nul
schtasks /delete /tn "%task%" /f >nul 2>nul
if exist "%staging%\%job%.begun" goto :begun
echo the job did not begin within a minute 1>&2
exit /b 74
:begun
if not defined told echo ::jumpfleet:: begun
set "told=yes"
call :is_at_work
if defined at_work goto :await_more
if exist "%staging%\%job%.rc" goto :ended
if not exist "%staging%\%job%.cmd" goto :gone
set "status=70"
echo the job ended without telling the exit code 1>&2
goto :told
:gone
rem Its file goes as soon as its exit code is there.
if exist "%staging%\%job%.rc" goto :ended
echo the job is gone 1>&2
exit /b 74
:ended
for /f "usebackq" %%S in ("%staging%\%job%.rc") do set "status=%%S"
:told
if exist "%staging%\%job%.out" type "%staging%\%job%.out"
exit /b 0
