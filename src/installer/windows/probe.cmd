set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "services=HKLM\SYSTEM\CurrentControlSet\Services"
echo.
echo ::jumpfleet:: fact os Windows
echo ::jumpfleet:: fact arch %PROCESSOR_ARCHITECTURE%
for /f "tokens=2 delims=[]" %%V in ('ver') do for /f "tokens=2" %%W in ("%%V") do echo ::jumpfleet:: fact kernel %%W
echo ::jumpfleet:: fact login %USERNAME%
rem Listing the file system filters takes administrator rights and changes nothing.
if not exist "%SystemRoot%\System32\fltMC.exe" goto :tools
set "administrator=yes"
"%SystemRoot%\System32\fltMC.exe" >nul 2>&1
if errorlevel 1 set "administrator=no"
echo ::jumpfleet:: fact administrator %administrator%
:tools
set "digest_tool=none"
if exist "%SystemRoot%\System32\certutil.exe" set "digest_tool=certutil"
echo ::jumpfleet:: fact digest_tool %digest_tool%
rem The last line of the listing is the only one whose third word is the room that is left.
set "free="
for /f "tokens=3" %%F in ('dir /-c "%SystemDrive%\" 2^>nul') do set "free=%%F"
if defined free echo ::jumpfleet:: fact system_free_bytes %free%
if defined install_dir if exist "%install_dir%" for %%I in ("%install_dir%") do echo ::jumpfleet:: trace install_directory %%~I
for /d %%D in ("%ProgramData%\bomgar-pec-*" "%ProgramData%\bomgar-scc-*") do echo ::jumpfleet:: trace %bomgar_directory% %%~D
for /d %%D in ("%ProgramData%\sra-pin-*" "%ProgramData%\sra-scc-*") do echo ::jumpfleet:: trace %sra_directory% %%~D
for %%P in (bomgar-pec.exe bomgar-scc.exe) do for /f "delims=," %%L in ('tasklist /nh /fo csv /fi "imagename eq %%P" 2^>nul') do if /i "%%~L"=="%%P" echo ::jumpfleet:: trace %bomgar_process% %%P
for %%P in (sra-pin.exe sra-scc.exe) do for /f "delims=," %%L in ('tasklist /nh /fo csv /fi "imagename eq %%P" 2^>nul') do if /i "%%~L"=="%%P" echo ::jumpfleet:: trace %sra_process% %%P
set "unit="
rem After the four parts of the path come the words of the service's name.
for /f "tokens=5,6* delims=\-" %%A in ('reg query "%services%" 2^>nul') do if /i "%%A"=="bomgar" call :service %bomgar_service% bomgar %%B "%%C"
for /f "tokens=5,6* delims=\-" %%A in ('reg query "%services%" 2^>nul') do if /i "%%A"=="sra" call :service %sra_service% sra %%B "%%C"
if not defined unit goto :registry
echo ::jumpfleet:: fact unit %unit%
set "unit_active=no"
for /f "tokens=1-3" %%A in ('sc query "%unit%" 2^>nul') do if "%%B %%C"==": 4" set "unit_active=active"
echo ::jumpfleet:: fact unit_active %unit_active%
set "unit_enabled=no"
for /f "tokens=3" %%S in ('reg query "%services%\%unit%" /v Start 2^>nul') do if "%%S"=="0x2" set "unit_enabled=enabled"
echo ::jumpfleet:: fact unit_enabled %unit_enabled%
:registry
rem Both views: a 32-bit package on 64-bit Windows registers in the other one.
for %%V in (64 32) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /reg:%%V 2^>nul') do if "%%A"=="DisplayName" call :entry "%%C"
if defined marker_file if exist "%marker_file%" for %%I in ("%marker_file%") do echo ::jumpfleet:: trace marker_file %%~I
if exist "%staging%\install.rc" for /f "usebackq" %%S in ("%staging%\install.rc") do echo ::jumpfleet:: fact installer_status %%S
echo ::jumpfleet:: end
exit /b 0
:service
for %%P in (bomgar-ps bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%2-%3"=="%%P" call :found %1 %2 "%2-%3" %4
exit /b 0
:found
set "found=%~3"
if not "%~4"=="" set "found=%~3-%~4"
echo ::jumpfleet:: trace %1 %found%
if "%2"=="%own%" set "unit=%found%"
exit /b 0
:entry
if /i %1=="%display_name%" echo ::jumpfleet:: trace registry %~1& exit /b 0
for /f "tokens=1 delims=[" %%P in (%1) do if /i "%%P"=="%display_product% " echo ::jumpfleet:: fact other_site %~1
exit /b 0
