@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Installs the Jump Client of pra.example.org, unless one is there. Its exit codes stand in README.md.
if not defined PROCESSOR_ARCHITEW6432 goto :begin
rem A 32-bit agent would see another registry and other system programs.
"%SystemRoot%\Sysnative\cmd.exe" /d /c ^""%~f0" ^"
exit /b %ERRORLEVEL%
:begin
chcp 65001 >nul
set "find=%SystemRoot%\System32\find.exe"
set "here=%~dp0"
set "here=%here:~0,-1%"
set "folder=%ProgramData%\jumpfleet"
set "log=%folder%\package.log"
set "lock=%folder%\package.lock"
set "staging=%SystemRoot%\Temp\jumpfleet-package"
set "pattern=bomgar-pec-*.exe"
set "sha256=5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
set "key_before=bomgar-pec-"
set "key_after=.exe"
set "wanted_key="
set "wanted_row="
set "install_dir="
set "wide="
rem What is this computer's own: a line of hosts.txt, parted by tabs.
set "row="
set "slot="
for /f "usebackq tokens=1,2 delims=	" %%A in ("%here%\hosts.txt") do if /i "%%A"=="%COMPUTERNAME%" set "slot=%%B"
if defined slot set "row=yes"
if "%slot%"=="-" set "slot="
rem No program of the folder it was started in is taken for one of Windows.
cd /d "%SystemRoot%\System32"
if not exist fltMC.exe goto :allowed
rem Only administrators may list the filters of the file system, and nothing is changed by it.
fltMC.exe >nul 2>&1
if "%ERRORLEVEL%"=="0" goto :allowed
echo administrator rights are missing
exit /b 5
:allowed
if not exist "%folder%\" mkdir "%folder%"
rem Anybody may make folders there, and one who made ours could lead us anywhere.
call :own "%folder%"
if not "%ERRORLEVEL%"=="0" (
    echo the folder %folder% is a link, or cannot be closed to others
    exit /b 82
)
call :say intune: begins on %COMPUTERNAME%
if defined wide if /i "%PROCESSOR_ARCHITECTURE%"=="x86" (
    call :say the installer is for Windows of 64 bits, and this is one of 32
    exit /b 1633
)
set "begun="
set "status=1618"
rem Whoever has it open keeps others from opening it, as long as they live; also while they wait for the slot.
call :work 9>"%lock%"
if not defined begun goto :locked
del "%lock%" >nul 2>nul
call :say ends with %status%
exit /b %status%

rem What the installer started may have got the lock from it and keep it: then the client itself is what is there.
:locked
set "seen=%folder%\look-%RANDOM%.txt"
call :look
del "%seen%" >nul 2>nul
set "status=1618"
if defined proven set "status=0"
if defined proven call :say a client is there already: %found%
if not defined proven call :say another start of this package is at work
exit /b %status%

:work
set "begun=yes"
set "seen=%staging%\look.txt"
rem The installer's name may hold the key: nobody else may look inside.
call :anew "%staging%" >>"%log%" 2>&1
if "%ERRORLEVEL%"=="75" goto :at_work
if not "%ERRORLEVEL%"=="0" goto :not_private

call :look
if not "%status%"=="0" goto :clean
if defined found goto :present
if defined wanted_row if not defined row call :say %COMPUTERNAME% is not in hosts.txt, and its own values are not known
if defined wanted_row if not defined row set "status=1168"
if not "%status%"=="0" goto :clean
call :stage
if not "%status%"=="0" goto :clean
if not exist "%here%\steps\slot.cmd" goto :install
call :say waits for its start slot
cmd /d /c ^""%here%\steps\slot.cmd" near^" >nul 2>&1
if not "%ERRORLEVEL%"=="0" goto :no_slot
rem Meanwhile somebody else may have installed it. The look takes some seconds, which the slot has not.
call :look
if not "%status%"=="0" goto :clean
if defined found goto :present
cmd /d /c ^""%here%\steps\slot.cmd" ^" >nul 2>&1
if not "%ERRORLEVEL%"=="0" goto :no_slot

:install
call :say starts the installer
set "installer_name=%staging%\%installer_name%"
cd /d "%staging%"
rem In a batch file cmd.exe waits also for a program that has windows.
"%installer_name%" --jc-tag desk --silent
set "status=%ERRORLEVEL%"
cd /d "%SystemRoot%\System32"
call :say the installer ended with %status%
if "%status%"=="1707" set "status=0"
set "done="
for %%C in (0 1641 3010) do if "%status%"=="%%C" set "done=yes"
if not defined done goto :failed
set /a tries=0
:prove
set "ended=%status%"
call :look
set "status=%ended%"
if defined proven goto :mark
set /a tries+=1
if %tries% geq 12 goto :unproven
ping -n 6 127.0.0.1 >nul
goto :prove
:unproven
call :say the installer said that all is well, but no client is there
set "status=1603"
goto :failed
:mark
cmd /d /c ^""%here%\steps\mark.cmd" ^" >nul 2>&1
if not "%ERRORLEVEL%"=="0" call :say the marker file could not be written
call :say installed
goto :clean

:at_work
call :say another installation is at work in %staging%
exit /b 0
:not_private
set "status=82"
call :say the folder %staging% cannot be made, or closed to others
exit /b 0

:no_slot
call :say its start slot cannot be told, so nothing is started: see what `steps\slot.cmd show` says
set "status=1627"
goto :clean

:present
if "%found%"=="install_directory" if not defined living goto :left_over
call :say a client is there already: %found%
goto :clean
:left_over
call :say a folder of the client is there and no client: remove what a failed try has left
set "status=76"
goto :clean

:failed
rem The installer's log lists every property: no line with the key may stay.
if not exist "%staging%\install.log" goto :clean
if not defined secret set "secret=KEY_INFO"
type "%staging%\install.log" 2>nul | %find% /v "KEY_INFO" >"%staging%\install.txt"
type "%staging%\install.txt" | %find% /v "%secret%" >"%folder%\install.log"
call :say its log is in %folder%\install.log

:clean
cd /d "%SystemRoot%\System32"
rmdir /s /q "%staging%" 2>nul
exit /b 0

:say
echo %*
>>"%log%" echo %DATE% %TIME% %*
exit /b 0

rem Looks whether a client is there, by the traces that jumpfleet goes by.
:look
set "status=0"
set "found="
set "living="
set "other="
set "ours="
set "program="
set "service="
set "proven="
cmd /d /c ^""%here%\steps\look.cmd" ^" >"%seen%" 2>nul
"%find%" "::jumpfleet:: end" "%seen%" >nul
if not "%ERRORLEVEL%"=="0" goto :unseen
for /f "usebackq tokens=1-3" %%A in ("%seen%") do if "%%A %%B %%C"=="::jumpfleet:: fact other_site" set "other=yes"
if defined other call :say a client of another site is here
set "marked="
for /f "usebackq tokens=1-4" %%A in ("%seen%") do if "%%A %%B %%C"=="::jumpfleet:: mark site:" set "marked=%%D"
if defined marked set "marked=%marked:"=%"
if defined marked if not "%marked%"=="pra.example.org" call :say the marker file names another site
for /f "usebackq tokens=1-3" %%A in ("%seen%") do (
    set "rule=%%C"
    if "%%A %%B"=="::jumpfleet:: trace" call :trace
)
if defined program if defined service set "proven=yes"
if defined other if not defined ours set "proven="
exit /b 0

:unseen
call :say the look at this computer failed
set "status=1603"
exit /b 0

rem Nothing tells whose a process, a service or a folder is: beside a client of another site they are taken for its own.
:trace
if not defined rule exit /b 0
set "rule=%rule:"=%"
set "trace=another trace"
for %%T in (install_directory registry process service marker_file other_generation) do if "%rule%"=="%%T" set "trace=%%T"
if "%trace%"=="registry" set "ours=yes"
if "%trace%"=="registry" set "program=yes"
if "%trace%"=="install_directory" set "program=yes"
if "%trace%"=="service" set "service=yes"
if defined other for %%T in (process service install_directory) do if "%trace%"=="%%T" exit /b 0
if not "%trace%"=="install_directory" set "living=yes"
if not "%trace%"=="install_directory" set "found=%trace%"
if not defined found set "found=%trace%"
exit /b 0

rem Lays the installer ready, whole and under its own name.
:stage
set "installer_name="
set /a installers=0
for /f "delims=" %%F in ('dir /b /a-d "%here%\%pattern%" 2^>nul') do set "installer_name=%%F"
for /f "delims=" %%F in ('dir /b /a-d "%here%\%pattern%" 2^>nul') do set /a installers+=1
if not "%installers%"=="1" call :say exactly one file %pattern% belongs beside install.cmd, not %installers%
if not "%installers%"=="1" set "status=2"
if not "%status%"=="0" exit /b 0
set "secret="
if defined key_before call :key_of_name
if not defined wanted_key goto :copy
set "key="
if exist "%here%\key.txt" for /f "usebackq" %%K in ("%here%\key.txt") do set "key=%%K"
if not defined key call :say the installer key belongs into key.txt beside install.cmd
if not defined key set "status=2"
if not defined key exit /b 0
set "secret=%key%"
:copy
copy /y /b "%here%\%installer_name%" "%staging%\" >nul
set "digest="
rem The second line is the digest; older versions put a blank between its bytes.
for /f "skip=1 delims=" %%H in ('certutil -hashfile "%staging%\%installer_name%" SHA256') do if not defined digest set "digest=%%H"
if defined digest set "digest=%digest: =%"
if /i "%digest%"=="%sha256%" exit /b 0
call :say the installer is not the file that this package was made for
set "status=13"
exit /b 0

:key_of_name
setlocal EnableDelayedExpansion
set "secret=!installer_name:%key_before%=!"
set "secret=!secret:%key_after%=!"
for /f "delims=" %%S in ("!secret!") do endlocal & set "secret=%%S"
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
