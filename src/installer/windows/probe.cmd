set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "services=HKLM\SYSTEM\CurrentControlSet\Services"
echo(
echo ::jumpfleet:: fact os Windows
echo ::jumpfleet:: fact arch %PROCESSOR_ARCHITECTURE%
for /f "tokens=2 delims=[]" %%V in ('ver') do for /f "tokens=2" %%W in ("%%V") do echo ::jumpfleet:: fact kernel %%W
echo ::jumpfleet:: fact login %USERNAME%
rem High or system integrity: the two groups no process has without administrator rights.
set "administrator=no"
whoami /groups 2>nul | findstr /c:"S-1-16-12288" /c:"S-1-16-16384" >nul && set "administrator=yes"
echo ::jumpfleet:: fact administrator %administrator%
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
for %%P in (bomgar-pec bomgar-scc) do tasklist /nh /fo csv /fi "imagename eq %%P.exe" 2>nul | findstr /i /c:"%%P.exe" >nul && echo ::jumpfleet:: trace %bomgar_process% %%P.exe
for %%P in (sra-pin sra-scc) do tasklist /nh /fo csv /fi "imagename eq %%P.exe" 2>nul | findstr /i /c:"%%P.exe" >nul && echo ::jumpfleet:: trace %sra_process% %%P.exe
set "unit="
for /f "delims=" %%K in ('reg query "%services%" /f "bomgar-" /k 2^>nul ^| findstr /i /c:"\Services\bomgar-ps-" /c:"\Services\bomgar-pec" /c:"\Services\bomgar-scc"') do (
    echo ::jumpfleet:: trace %bomgar_service% %%~nxK
    if "%own%"=="bomgar" if not defined unit set "unit=%%~nxK"
)
for /f "delims=" %%K in ('reg query "%services%" /f "sra-" /k 2^>nul ^| findstr /i /c:"\Services\sra-pin" /c:"\Services\sra-scc"') do (
    echo ::jumpfleet:: trace %sra_service% %%~nxK
    if "%own%"=="sra" if not defined unit set "unit=%%~nxK"
)
if not defined unit goto :registry
echo ::jumpfleet:: fact unit %unit%
set "unit_active=no"
sc query "%unit%" 2>nul | findstr /r /c:": 4 " >nul && set "unit_active=active"
echo ::jumpfleet:: fact unit_active %unit_active%
set "unit_enabled=no"
reg query "%services%\%unit%" /v Start 2>nul | findstr /c:"0x2" >nul && set "unit_enabled=enabled"
echo ::jumpfleet:: fact unit_enabled %unit_enabled%
:registry
rem Each entry is asked for in both views: a 32-bit package on 64-bit Windows registers in the other one.
for %%V in (64 32) do for /f "tokens=2*" %%A in ('reg query "%uninstall%" /s /d /e /f "%display_name%" /reg:%%V 2^>nul ^| findstr /c:"DisplayName"') do echo ::jumpfleet:: trace registry %%B
for %%V in (64 32) do for /f "tokens=2*" %%A in ('reg query "%uninstall%" /s /d /f "%display_product% [" /reg:%%V 2^>nul ^| findstr /c:"DisplayName"') do if /i not "%%B"=="%display_name%" echo ::jumpfleet:: fact other_site %%B
if defined marker_file if exist "%marker_file%" for %%I in ("%marker_file%") do echo ::jumpfleet:: trace marker_file %%~I
if exist "%staging%\install.rc" for /f "usebackq" %%S in ("%staging%\install.rc") do echo ::jumpfleet:: fact installer_status %%S
echo ::jumpfleet:: end
exit /b 0
