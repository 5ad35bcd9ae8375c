if not exist "%staging%\" exit /b 73
rem A folder cannot be removed while somebody is in it, such as a wait that nobody listens to any more.
cd /d "%staging%\.."
call :is_at_work "%staging%"
if defined at_work (
    echo an installer of this run is at work 1>&2
    exit /b 75
)
if exist "%staging%\install.rc" (
    echo an installer of this run has been here 1>&2
    exit /b 75
)
if defined install_dir if exist "%install_dir%" (
    echo the install directory exists already 1>&2
    exit /b 76
)
for /d %%D in (jumpfleet-*) do if not defined at_work call :is_at_work "%%~fD"
if defined at_work (
    echo another run's installer is at work 1>&2
    exit /b 76
)
if not exist "%staging%\install.cmd" goto :gone
schtasks /run /tn "%task%" >nul
if errorlevel 1 (
    echo the task scheduler did not start the installer's job 1>&2
    exit /b 74
)
set /a waited=0
:wait
if exist "%staging%\install.rc" goto :ended
if not exist "%staging%\install.cmd" goto :gone
rem The only pause that wants no console.
ping -n 2 127.0.0.1 >nul
set /a waited+=1
if exist "%staging%\install.begun" goto :begun
if %waited% lss 60 goto :wait
echo the installer's job did not begin within a minute 1>&2
exit /b 74
:begun
call :is_at_work "%staging%"
if defined at_work goto :wait
if exist "%staging%\install.rc" goto :ended
if not exist "%staging%\install.cmd" goto :gone
set "status=70"
echo the installer's job ended without telling the exit code 1>&2
goto :told
:ended
for /f "usebackq" %%S in ("%staging%\install.rc") do set "status=%%S"
:told
if exist "%staging%\install.out" type "%staging%\install.out"
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
:gone
echo the installer's job is gone 1>&2
exit /b 74

