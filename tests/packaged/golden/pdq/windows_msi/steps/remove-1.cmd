@echo off
setlocal EnableExtensions EnableDelayedExpansion
rem Other programs of the same names may come first. What else is in the list is not read as a part of this line.
set "PATH=%SystemRoot%\System32;%SystemRoot%;!PATH!"
setlocal DisableDelayedExpansion
chcp 65001 >nul
set staging="%staging%"
set "staging=%staging:"=%"
set "job=remove"
for %%I in ("%staging%") do set "task=%%~nxI-remove"
set "which=own"
set "display_name=BeyondTrust Privileged Remote Access Jump Client [pra.example.org]"
set "display_product=BeyondTrust Privileged Remote Access Jump Client"
rem A package waits for the removal itself, and has no folder for a job.
if not defined staging goto :remove
if /i "%~dp0"=="%staging%\" goto :job
rem A folder cannot be removed while somebody is in it.
cd /d "%SystemRoot%"
rem What a session has started that was lost is waited for, and what it ended with is told.
call :is_at_work
if defined at_work call :await
if not defined at_work call :begin
set "ended=%ERRORLEVEL%"
if not defined status exit /b %ended%
schtasks /delete /tn "%task%" /f >nul 2>nul
set /a tried=0
:clear
del /q "%staging%\%job%.*" >nul 2>nul
rem What has just ended lets its files go a moment later.
if exist "%staging%\%job%.*" goto :held
rmdir "%staging%" 2>nul
if not exist "%staging%\" exit /b %status%
rem Where an installer is staged the folder stays.
set "staged="
for /f "eol=: delims=" %%F in ('dir /b /a "%staging%" 2^>nul') do set "staged=yes"
if defined staged exit /b %status%
:held
set /a tried+=1
if %tried% geq 20 exit /b %status%
ping -n 2 127.0.0.1 >nul
goto :clear
:begin
set "status="
if exist "%staging%\%job%.rc" goto :ended
if not exist "%staging%\" mkdir "%staging%"
call :own "%staging%"
if not "%ERRORLEVEL%"=="0" (
    echo the staging folder is a link, or cannot be closed to others 1>&2
    exit /b 73
)
del /f /q /a "%staging%\%job%.*" >nul 2>nul
if exist "%staging%\%job%.*" (
    echo a program keeps files in the staging folder open 1>&2
    exit /b 75
)
call :lay
if not "%ERRORLEVEL%"=="0" exit /b 74
goto :carry_out
:job
cd /d "%staging%"
rem Whatever starts it a second time, it runs once.
if exist %job%.begun exit /b 0
call :work 9>%job%.lock
exit /b 0
:work
>%job%.begun echo %DATE% %TIME%
rem Some hosts are told not to look here for programs.
set "NoDefaultCurrentDirectoryInExePath="
rem A command script waits for programs with windows too (`start /?`).
cd /d "%SystemRoot%"
call :remove >"%staging%\remove.out" 2>&1
set "status=%ERRORLEVEL%"
rem The log of a failure is read and removed by whoever asks for its end; it may hold the key.
for %%S in (0 1641 3010) do if "%status%"=="%%S" if exist "%staging%\install.log" del "%staging%\install.log"
>"%staging%\%job%.new" echo %status%
move /y "%staging%\%job%.new" "%staging%\%job%.rc" >nul
exit /b 0
:remove
set "status=1605"
set /a clients=0
set "counting="
if "%which%"=="other" set "counting=yes"
if defined counting call :entries
set "counting="
rem Of several clients nobody has said which one is to go: none does.
if %clients% gtr 1 (
    echo %clients% clients of other sites are there: remove all but one by hand 1>&2
    exit /b 65
)
rem Only what the administrators have registered is run: anybody can make a folder that looks like a client's.
call :entries
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
:entry
if "%which%"=="other" goto :other
if /i "%name%"=="%display_name%" goto :meant
exit /b 0
:other
if /i not "%called%"=="%display_product% " exit /b 0
if not defined counting goto :meant
set /a clients+=1
exit /b 0
:meant
for %%K in ("%key%") do set "code=%%~nxK"
rem Only Windows Installer's own entries are named by a product code.
if "%code:~0,1%"=="{" (
    rem Both print nothing, and what they leave running for a while would keep a file open that they print to.
    msiexec /x "%code%" /qn /norestart >nul 2>&1
    goto :removed
)
set "said="
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v UninstallString /reg:%view% 2^>nul') do if "%%A"=="UninstallString" set "said=%%C"
if not defined said exit /b 0
rem What stands behind the program there asks questions.
set "said=%said:"=%"
for /f "delims=|" %%P in ("%said:.exe=|%") do set "program=%%P.exe"
if not exist "%program%" exit /b 0
"%program%" -uninstall silent >nul 2>&1
:removed
set "ended=%ERRORLEVEL%"
rem Of several the worst is told: what failed, then a restart that is wanted.
if "%status%"=="1605" set "status=%ended%"
if "%ended%"=="1605" exit /b 0
if "%status%"=="0" set "status=%ended%"
if "%ended%"=="0" exit /b 0
if "%status%"=="3010" set "status=%ended%"
if "%status%"=="1641" if not "%ended%"=="3010" set "status=%ended%"
exit /b 0

:entries
rem Says `:entry` for each entry that programs are uninstalled by, with its name, what stands before a `[` in it, its key and its view.
set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
rem Both views: a 32-bit package on 64-bit Windows registers in the other one. A 32-bit Windows has one, and shows it twice.
set "views=64 32"
if "%PROCESSOR_ARCHITECTURE%%PROCESSOR_ARCHITEW6432%"=="x86" set "views=64"
set "key="
rem What others are called may hold anything, so a loop's variables are compared and set, and handed to nobody.
for %%V in (%views%) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /v DisplayName /reg:%%V 2^>nul') do (
    set "view=%%V"
    set "name=%%C"
    if "%%A"=="DisplayName" call :read_entry
    if not "%%A"=="DisplayName" set "key=%%A"
    if not "%%A"=="DisplayName" if not "%%B"=="" set "key=%%A %%B"
    if not "%%A"=="DisplayName" if not "%%C"=="" set "key=%%A %%B %%C"
)
exit /b 0
:read_entry
if defined key set "key=%key:"=%"
if defined name set "name=%name:"=%"
if not defined name exit /b 0
set "called="
for /f "tokens=1 delims=[" %%P in ("%name%") do set "called=%%P"
goto :entry

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

:own
rem Whoever made it, and whatever he granted: it is taken from him, and if it is a link the link and not what it leads to.
icacls "%~1" /setowner *S-1-5-32-544 /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
icacls "%~1" /reset /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
rem Only the owner (S-1-3-4), the administrators (S-1-5-32-544) and the system (S-1-5-18) may look inside.
icacls "%~1" /inheritance:r /grant:r *S-1-3-4:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
rem By now nobody else can change what it is.
set "attributes="
for %%I in ("%~1") do set "attributes=%%~aI"
if not defined attributes exit /b 73
if not "%attributes:l=%"=="%attributes%" exit /b 17
if /i not "%attributes:~0,1%"=="d" exit /b 17
exit /b 0

:anew
rem What is there may have been put there by anybody: of it all only a copy of one file is kept, whose digest is read.
if not exist "%~1" goto :anew_made
call :own "%~1"
if "%ERRORLEVEL%"=="17" (
    echo the folder %~1 is a link, or a file 1>&2
    exit /b 73
)
if not "%ERRORLEVEL%"=="0" exit /b 73
set "foreign="
for /f "eol=: delims=" %%D in ('dir /b /ad "%~1" 2^>nul') do set "foreign=yes"
if defined foreign (
    echo the folder %~1 holds folders, which are not ours: look at it, and remove it by hand 1>&2
    exit /b 73
)
if not "%~2"=="" if exist "%~1\%~2" copy /y /b "%~1\%~2" "%~dp0kept" >nul
del /f /q /a "%~1\*" >nul 2>nul
rem Not with what is in it, which somebody could change meanwhile.
rmdir "%~1" 2>nul
if exist "%~1" (
    echo a program keeps the folder %~1 open 1>&2
    exit /b 75
)
:anew_made
rem One that somebody else makes meanwhile is not taken for ours.
mkdir "%~1" 2>nul
if not "%ERRORLEVEL%"=="0" (
    echo the folder %~1 cannot be made 1>&2
    exit /b 73
)
call :own "%~1"
if not "%ERRORLEVEL%"=="0" exit /b 73
set "foreign="
for /f "eol=: delims=" %%D in ('dir /b /a "%~1" 2^>nul') do set "foreign=yes"
if defined foreign (
    echo somebody else put something into the folder %~1 1>&2
    exit /b 73
)
if exist "%~dp0kept" move /y "%~dp0kept" "%~1\%~2" >nul
exit /b 0

:is_at_work
set "place=%staging%"
:is_at_work_there
rem The job holds the file open as long as it lives, and what is open cannot be deleted.
set "at_work="
if exist "%place%\%job%.lock" del "%place%\%job%.lock" >nul 2>nul
if exist "%place%\%job%.lock" set "at_work=yes"
exit /b 0
