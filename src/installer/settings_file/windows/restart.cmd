if /i "%~dp0"=="%staging%\" goto :job
rem An earlier one, whose connection was lost, ends by itself.
set /a waited=0
:earlier
call :is_at_work "%staging%"
if not defined at_work goto :begin
set /a waited+=1
if %waited% geq 150 (
    echo an earlier restart does not end 1>&2
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
goto :earlier
:begin
for %%F in (restart.begun restart.rc restart.out) do if exist "%staging%\%%F" del "%staging%\%%F"
rem This file itself is the job, once it lies in the staging folder.
copy /y "%~f0" "%staging%\restart.cmd" >nul
if errorlevel 1 exit /b 74
call :describe >"%staging%\restart.xml"
rem What sshd starts may end with its connection, and a client must not stay stopped for that; the job goes on.
schtasks /create /tn "%task%" /xml "%staging%\restart.xml" /f >nul
if errorlevel 1 (
    echo the task scheduler did not take the job 1>&2
    exit /b 74
)
schtasks /run /tn "%task%" >nul
if errorlevel 1 (
    echo the task scheduler did not start the job 1>&2
    exit /b 74
)
set /a waited=0
:wait
if exist "%staging%\restart.rc" goto :ended
ping -n 2 127.0.0.1 >nul
set /a waited+=1
if %waited% lss 150 goto :wait
echo the job did not tell how it ended 1>&2
exit /b 74
:ended
set "status=70"
for /f "usebackq" %%S in ("%staging%\restart.rc") do set "status=%%S"
if exist "%staging%\restart.out" type "%staging%\restart.out"
exit /b %status%
:describe
rem No trigger: it runs when it is told to, once, also on battery, and not for ever.
echo ^<?xml version="1.0"?^>
echo ^<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"^>
echo ^<Principals^>^<Principal id="system"^>^<UserId^>S-1-5-18^</UserId^>^<RunLevel^>HighestAvailable^</RunLevel^>^</Principal^>^</Principals^>
echo ^<Settings^>
echo ^<MultipleInstancesPolicy^>IgnoreNew^</MultipleInstancesPolicy^>
echo ^<DisallowStartIfOnBatteries^>false^</DisallowStartIfOnBatteries^>
echo ^<StopIfGoingOnBatteries^>false^</StopIfGoingOnBatteries^>
echo ^<ExecutionTimeLimit^>PT10M^</ExecutionTimeLimit^>
echo ^<Priority^>5^</Priority^>
echo ^</Settings^>
echo ^<Actions Context="system"^>^<Exec^>^<Command^>%SystemRoot%\System32\cmd.exe^</Command^>^<Arguments^>/d /c "%staging%\restart.cmd"^</Arguments^>^</Exec^>^</Actions^>
echo ^</Task^>
exit /b 0
:job
cd /d "%staging%"
rem Whatever starts it a second time, it runs once.
if exist restart.begun exit /b 0
call :work 9>install.lock
exit /b 0
:work
>restart.begun echo %DATE% %TIME%
call :restart >restart.out 2>&1
set "status=%ERRORLEVEL%"
>restart.new echo %status%
move /y restart.new restart.rc >nul
exit /b 0
:stop
set /a waited=0
:stopping
call :state "%~1"
if not defined state (
    echo the service %~1 is not there
    exit /b 69
)
if "%state%"=="1" exit /b 0
rem One that is on its way already takes no more controls.
if "%state%"=="4" sc stop "%~1" >sc.out 2>&1 && del sc.out
if %waited% geq 60 (
    call :say "the service %~1 does not stop"
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
set /a waited+=1
goto :stopping
:start
set /a waited=0
set "steady="
sc start "%~1" >sc.out 2>&1
if not errorlevel 1 goto :starting
rem 1056: it runs already (system error codes).
if errorlevel 1056 if not errorlevel 1057 goto :starting
call :say "the service %~1 was not started"
exit /b 69
:starting
call :state "%~1"
rem Some run for a moment only.
if "%state%"=="4" if defined steady exit /b 0
if "%state%"=="4" set "steady=yes"
if "%state%"=="1" (
    echo the service %~1 ended as soon as it was started
    exit /b 69
)
if %waited% geq 60 (
    echo the service %~1 does not start
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
set /a waited+=1
goto :starting
:say
rem The last line of what sc said is its reason.
set "said="
if exist sc.out for /f "usebackq delims=" %%L in ("sc.out") do set "said=%%L"
if defined said for /f "delims=" %%L in ("%said%") do echo %~1: %%L
if not defined said echo %~1
exit /b 0
:others
rem What runs of the vendor's now is another client's.
for %%N in (bomgar sra) do for /f "tokens=2 delims=," %%M in ('tasklist /nh /fo csv /fi "imagename eq %%N-*" 2^>nul') do echo ::jumpfleet:: other %%~M
exit /b 0
:restart
