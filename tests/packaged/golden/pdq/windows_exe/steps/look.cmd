@echo off
setlocal EnableExtensions EnableDelayedExpansion
rem Other programs of the same names may come first. What else is in the list is not read as a part of this line.
set "PATH=%SystemRoot%\System32;%SystemRoot%;!PATH!"
setlocal DisableDelayedExpansion
chcp 65001 >nul
set staging="%staging%"
set "staging=%staging:"=%"
set "job=install"
set "install_dir="
set marker_file=C:\ProgramData\jumpfleet\PRAJumpClient.txt
set "marker_file=%marker_file:"=%"
set "own=bomgar"
set "display_name=BeyondTrust Privileged Remote Access Jump Client [pra.example.org]"
set "display_product=BeyondTrust Privileged Remote Access Jump Client"
set "bomgar_directory=install_directory"
set "bomgar_process=process"
set "bomgar_service=service"
set "sra_directory=other_generation"
set "sra_process=other_generation"
set "sra_service=other_generation"
set "services=HKLM\SYSTEM\CurrentControlSet\Services"
rem Folders of sessions that were lost; this file lies in the one of this session.
for %%I in ("%staging%") do set "folder=%%~nxI"
cd /d "%~dp0.."
set "session="
for /d %%D in (%folder%-*) do if /i "%%~fD\"=="%~dp0" set "session=yes"
if defined session for /d %%D in (%folder%-*) do if /i not "%%~fD\"=="%~dp0" rmdir /s /q "%%~fD" 2>nul
echo.
echo ::jumpfleet:: fact os Windows
echo ::jumpfleet:: fact arch %PROCESSOR_ARCHITECTURE%
for /f "tokens=2 delims=[]" %%V in ('ver') do for /f "tokens=2" %%W in ("%%V") do echo ::jumpfleet:: fact kernel %%W
for %%U in ("%USERNAME%") do echo ::jumpfleet:: fact login %%~U
rem Listing the file system filters takes administrator rights and changes nothing.
if not exist "%SystemRoot%\System32\fltMC.exe" goto :tools
set "administrator=yes"
"%SystemRoot%\System32\fltMC.exe" >nul 2>&1
if not "%ERRORLEVEL%"=="0" set "administrator=no"
echo ::jumpfleet:: fact administrator %administrator%
:tools
set "digest_tool=none"
if exist "%SystemRoot%\System32\certutil.exe" set "digest_tool=certutil"
echo ::jumpfleet:: fact digest_tool %digest_tool%
rem The last line of the listing is the only one whose third word is the room that is left.
set "free="
for /f "tokens=3" %%F in ('dir /-c "%SystemDrive%\" 2^>nul') do set "free=%%F"
if defined free for /f %%F in ("%free%") do echo ::jumpfleet:: fact system_free_bytes %%F
if defined install_dir if exist "%install_dir%" for %%I in ("%install_dir%") do (
    echo ::jumpfleet:: trace install_directory %%~I
    echo ::jumpfleet:: fact own_directory %%~I
)
cd /d "%ProgramData%"
for /d %%D in (bomgar-pec-* bomgar-scc-*) do echo ::jumpfleet:: trace %bomgar_directory% %%~fD
for /d %%D in (sra-pin-* sra-scc-*) do echo ::jumpfleet:: trace %sra_directory% %%~fD
cd /d "%SystemRoot%"
set "listed="
rem Names come from the host and are echoed as a loop's variables, which cmd.exe does not read again.
for /f "delims=," %%L in ('tasklist /nh /fo csv 2^>nul') do (
    set "listed=yes"
    for %%P in (bomgar-pec bomgar-scc) do if /i "%%~L"=="%%P.exe" echo ::jumpfleet:: trace %bomgar_process% %%P
)
rem Where there is none it says so, in a line that is no program's.
for /f "delims=," %%L in ('tasklist /nh /fo csv /fi "imagename eq sra-*" 2^>nul') do if /i "%%~xL"==".exe" echo ::jumpfleet:: trace %sra_process% %%~nL
if defined listed echo ::jumpfleet:: fact processes all
rem After the four parts of the path come the words of the service's name.
for /f "tokens=5,6* delims=\-" %%A in ('reg query "%services%" 2^>nul') do (
    set "found=%%A-%%B"
    set "rest=%%C"
    if /i "%%A"=="bomgar" call :service %bomgar_service% bomgar
    if /i "%%A"=="sra" call :service %sra_service% sra
)
call :entries
if defined marker_file if exist "%marker_file%" for %%I in ("%marker_file%") do echo ::jumpfleet:: trace marker_file %%~I
if defined marker_file if exist "%marker_file%" for /f "usebackq delims=" %%L in ("%marker_file%") do echo ::jumpfleet:: mark %%L
set "session_manager=HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
set "restart="
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "restart=yes"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "restart=yes"
reg query "%session_manager%" /v PendingFileRenameOperations >nul 2>nul
if "%ERRORLEVEL%"=="0" set "restart=yes"
if defined restart echo ::jumpfleet:: fact restart_pending yes
set "status="
if exist "%staging%\install.rc" for /f "usebackq" %%S in ("%staging%\install.rc") do set "status=%%S"
call :is_at_work
if defined status echo ::jumpfleet:: fact installer_status %status%
if not defined status if defined at_work echo ::jumpfleet:: fact installer_running yes
echo ::jumpfleet:: end
if defined status if not "%status%"=="0" if exist "%staging%\install.out" type "%staging%\install.out"
exit /b 0
:service
set "found=%found:"=%"
for %%P in (bomgar-ps bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%found%"=="%%P" call :found %1 %2
exit /b 0
:found
if defined rest set "rest=%rest:"=%"
if defined rest set "found=%found%-%rest%"
for /f "delims=" %%S in ("%found%") do echo ::jumpfleet:: trace %1 %%S
if not "%2"=="%own%" exit /b 0
set "state=stopped"
for /f "tokens=1-3" %%A in ('sc query "%found%" 2^>nul') do if "%%B %%C"==": 4" set "state=running"
set "start=manual"
for /f "tokens=3" %%S in ('reg query "%services%\%found%" /v Start 2^>nul') do if "%%S"=="0x2" set "start=automatic"
for /f "delims=" %%S in ("%found%") do echo ::jumpfleet:: fact service.%%S %state% %start%
for /f "tokens=1,2*" %%A in ('reg query "%services%\%found%" /v ImagePath 2^>nul') do if "%%A"=="ImagePath" for /f "delims=" %%S in ("%found%") do echo ::jumpfleet:: fact service.%%S %state% %start% %%C
exit /b 0
:entry
if /i "%name%"=="%display_name%" goto :registered
if /i not "%called%"=="%display_product% " exit /b 0
for /f "delims=" %%N in ("%name%") do echo ::jumpfleet:: fact other_site %%N
set "whose=other"
goto :program
:registered
echo ::jumpfleet:: trace registry %display_name%
set "whose=own"
:program
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v UninstallString /reg:%view% 2^>nul ^| find "REG_"') do echo ::jumpfleet:: fact %whose%_uninstall %%C
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

:is_at_work
set "place=%staging%"
:is_at_work_there
rem The job holds the file open as long as it lives, and what is open cannot be deleted.
set "at_work="
if exist "%place%\%job%.lock" del "%place%\%job%.lock" >nul 2>nul
if exist "%place%\%job%.lock" set "at_work=yes"
exit /b 0
