if /i "%~dp0"=="%staging%\" goto :job
rem What an earlier try left is looked at by the next step.
call :is_at_work "%staging%"
if defined at_work exit /b 0
if exist "%staging%\install.rc" exit /b 0
if exist "%staging%\install.begun" del "%staging%\install.begun"
rem This file itself is the job, once it lies in the staging folder.
copy /y "%~f0" "%staging%\install.cmd" >nul
if errorlevel 1 exit /b 74
call :describe >"%staging%\install.xml"
rem What sshd starts ends with its connection or before, `start` or not; what the task scheduler starts does not.
schtasks /create /tn "%task%" /xml "%staging%\install.xml" /f >nul
if errorlevel 1 (
    echo the task scheduler did not take the installer's job 1>&2
    exit /b 74
)
exit /b 0
:describe
rem No trigger: it runs when it is told to, once, also on battery, and not for ever.
echo ^<?xml version="1.0"?^>
echo ^<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"^>
echo ^<Principals^>^<Principal id="system"^>^<UserId^>S-1-5-18^</UserId^>^<RunLevel^>HighestAvailable^</RunLevel^>^</Principal^>^</Principals^>
echo ^<Settings^>
echo ^<MultipleInstancesPolicy^>IgnoreNew^</MultipleInstancesPolicy^>
echo ^<DisallowStartIfOnBatteries^>false^</DisallowStartIfOnBatteries^>
echo ^<StopIfGoingOnBatteries^>false^</StopIfGoingOnBatteries^>
echo ^<ExecutionTimeLimit^>PT4H^</ExecutionTimeLimit^>
echo ^<Priority^>5^</Priority^>
echo ^</Settings^>
echo ^<Actions Context="system"^>^<Exec^>^<Command^>%SystemRoot%\System32\cmd.exe^</Command^>^<Arguments^>/d /c "%staging%\install.cmd"^</Arguments^>^</Exec^>^</Actions^>
echo ^</Task^>
exit /b 0
:job
cd /d "%staging%"
rem Whatever starts it a second time, it runs once.
if exist install.begun exit /b 0
call :work 9>install.lock
exit /b 0
:work
>install.begun echo %DATE% %TIME%
rem Some hosts are told not to look here for programs.
set "NoDefaultCurrentDirectoryInExePath="
rem A command script waits for programs with windows too (`start /?`).
