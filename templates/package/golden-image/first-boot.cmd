@echo off
rem Installs the BeyondTrust Jump Client of {{ site }} when a computer boots that was made from an image. Made by jumpfleet.
rem
rem Every clone installs a client of its own: one that is installed in the image would give all of them one identity.
rem Exit codes: 0 done, 75 to be tried again; the others are for good: 64 key, 66 no such installer, 70 the installer
rem failed, 74 the look failed, 76 the image had a client already.
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
set "home=%home:~0,-1%"
set "place=%ProgramData%\jumpfleet"
set "task=jumpfleet-first-boot"
if not exist "%place%\" mkdir "%place%"
cd /d "%SystemRoot%"
rem Only administrators and the system may see the key.
call :own "%home%"
rem Anybody may make a folder of that name, and lead the log anywhere; where its own is closed already nobody else writes.
call :own "%place%"
if not "%ERRORLEVEL%"=="0" set "place=%home%"
set "log=%place%\first-boot.log"
rem Windows' setup and the task may both begin it: whoever has the lock open keeps others from opening it, as long as they live.
set "ended=75"
call :alone 9>"%place%\first-boot.lock"
del "%place%\first-boot.lock" >nul 2>nul
if not "%ended%"=="75" schtasks /delete /f /tn %task% >nul 2>&1
rem What is over for good leaves nothing that holds the key.
if not "%ended%"=="75" del /f /q "%home%\key" "%home%\install.log" "%home%\{{ pattern }}" >nul 2>&1
rem Nothing of the installer stays; this file goes last, in the line that is read already.
if "%ended%"=="0" rmdir /s /q "%home%" & exit 0
exit %ended%

:alone
call :first_boot >>"%log%" 2>&1
exit /b 0

:first_boot
set "ended=74"
echo %DATE% %TIME%
rem Before the first try: Windows does not come back to the end of its setup when the computer restarts meanwhile.
schtasks /query /tn %task% >nul 2>&1
if "%ERRORLEVEL%"=="0" goto :laid
schtasks /create /f /tn %task% /ru SYSTEM /sc minute /mo 5 /tr "cmd.exe /d /c \"\"%home%\first-boot.cmd\"\"" >nul
if not "%ERRORLEVEL%"=="0" echo the task scheduler did not take the task %task%: there will be no other try than this
:laid
call :look
if not defined seen (
    echo the look at this computer did not come to its end
    exit /b 0
)
set /a times=0
if exist "%home%\begun" set /p times=<"%home%\begun"
if not defined there goto :install
rem What an earlier try left may be less than a client.
if not %times% equ 0 goto :prove
set "ended=76"
for /f "delims=" %%T in ("%there%") do echo the image has a client already, %%T: all its clones share one identity. Remove it from the image
exit /b 0

:install
rem Without the name of the site there is no network yet, or not the right one.
set "ended=75"
set "address={{ address }}"
for /f "tokens=2 delims=[]" %%A in ('ping -n 1 -w 1000 {{ site }}') do if not defined address set "address=%%A"
if not defined address (
    echo no address of {{ site }} is known: there is no network yet
    exit /b 0
)
set "ended=66"
set "package_file_name="
for /f "delims=" %%F in ('dir /b /a-d "%home%\{{ pattern }}"') do set "package_file_name=%%F"
if not defined package_file_name (
    for %%H in ("%home%") do echo there is no {{ pattern }} in %%~H
    exit /b 0
)
set "package_staging=%home%"
set "digest="
cmd /d /c ^""%home%\digest.cmd" ^" >"%home%\digest.txt" 2>nul
for /f "usebackq tokens=1,2,3" %%A in ("%home%\digest.txt") do if "%%A %%B"=="::jumpfleet:: digest" set "digest=%%C"
if /i not "%digest%"=="{{ sha256 }}" (
    echo the installer is another file than the one this package was made for
    exit /b 0
)
set "ended=64"
set "package_key="
if exist "%home%\key" for /f "usebackq" %%K in ("%home%\key") do set "package_key=%%K"
if "{{ wants_key }}%package_key%"=="yes" (
    echo the installer key was not given
    exit /b 0
)
set /a times+=1
>"%home%\begun" echo %times%
cmd /d /c ^""%home%\install.cmd" ^"
set "status=%errorlevel%"
echo the installer ended with exit code %status%
rem Success, and success with a restart begun or needed; 1618: another installation is in progress.
set "ended=70"
for %%S in ({{ success }}) do if "%status%"=="%%S" set "ended=0"
if "%ended%"=="0" goto :prove
if "%status%"=="1618" set "ended=75"
if %times% lss 5 set "ended=75"
exit /b 0

:prove
set /a waited=0
:again
call :look
if defined process goto :mark
rem The only pause that wants no console.
ping -n 3 127.0.0.1 >nul
set /a waited+=1
if %waited% lss 60 goto :again
set "ended=70"
echo the client was installed, and two minutes later it does not run
exit /b 0
:mark
cmd /d /c ^""%home%\mark.cmd" ^"
if not "%ERRORLEVEL%"=="0" echo the marker file could not be written
set "ended=0"
for /f "delims=" %%T in ("%there%") do echo installed: %%T
exit /b 0

:look
set "seen="
set "there="
set "process="
set "package_staging=%home%"
cmd /d /c ^""%home%\look.cmd" ^" >"%home%\look.txt" 2>nul
for /f "usebackq tokens=1,2,3,*" %%A in ("%home%\look.txt") do (
    if "%%A %%B"=="::jumpfleet:: end" set "seen=yes"
    if "%%A %%B"=="::jumpfleet:: trace" if not defined there set "there=%%C %%D"
    if "%%A %%B %%C"=="::jumpfleet:: trace process" set "process=%%D"
)
if defined there set "there=%there:"=%"
exit /b 0
{{ own }}