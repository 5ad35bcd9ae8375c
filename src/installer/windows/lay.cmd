
:lay
rem This file itself is the job, once it lies in the staging folder.
copy /y "%~f0" "%staging%\%job%.cmd" >nul
if not "%ERRORLEVEL%"=="0" exit /b 74
call :describe >"%staging%\%job%.xml"
rem What sshd starts ends with its connection or before, `start` or not; what the task scheduler starts does not.
schtasks /create /tn "%task%" /xml "%staging%\%job%.xml" /f >nul
if "%ERRORLEVEL%"=="0" exit /b 0
echo the task scheduler did not take the job 1>&2
exit /b 74
:describe
rem No trigger: it runs when it is told to, once, also on battery, and not for ever. Its file may hold the key, and goes by itself.
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
echo ^<Actions Context="system"^>^<Exec^>^<Command^>%SystemRoot%\System32\cmd.exe^</Command^>^<Arguments^>/d /c "call %staging%\%job%.cmd &amp; del %staging%\%job%.cmd"^</Arguments^>^</Exec^>^</Actions^>
echo ^</Task^>
exit /b 0
