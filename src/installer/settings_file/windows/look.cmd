set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "services=HKLM\SYSTEM\CurrentControlSet\Services"
echo.
rem A folder alone proves nothing, for anybody may make one there: it is named, and what starts a client is looked for.
if defined install_dir if exist "%install_dir%\settings.ini" for %%I in ("%install_dir%") do echo ::jumpfleet:: install_dir %%~fI
cd /d "%ProgramData%"
for /d %%D in (bomgar-pec-* bomgar-scc-* sra-pin-* sra-scc-*) do if exist "%%~fD\settings.ini" echo ::jumpfleet:: folder %%~fD
cd /d "%SystemRoot%"
rem After the four parts of the path come the words of the service's name.
for /f "tokens=5,6* delims=\-" %%A in ('reg query "%services%" 2^>nul') do (
    if /i "%%A"=="bomgar" call :named "%%A-%%B" "%%C"
    if /i "%%A"=="sra" call :named "%%A-%%B" "%%C"
)
rem The word for a connection that is there differs from language to language; the row of our own has it.
for %%N in (bomgar sra) do for /f "tokens=2 delims=," %%M in ('tasklist /nh /fo csv /fi "imagename eq %%N-*" 2^>nul') do set "process_%%~M=yes"
set "own=none"
set "own6=none"
for /f "tokens=1-4" %%A in ("%SSH_CONNECTION%") do (
    set "own=%%C:%%D %%A:%%B"
    set "own6=[%%C]:%%D [%%A]:%%B"
)
for /f "tokens=1-5" %%A in ('netstat -ano 2^>nul') do (
    if "%%B %%C"=="%own%" echo ::jumpfleet:: established %%D
    if "%%B %%C"=="%own6%" echo ::jumpfleet:: established %%D
    if defined process_%%E echo ::jumpfleet:: connection %%E %%C %%D
)
rem Both views: a 32-bit package on 64-bit Windows registers in the other one.
set "key="
rem What others are called may hold anything, so a loop's variables are compared and set, and handed to nobody.
for %%V in (64 32) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /v DisplayName /reg:%%V 2^>nul') do (
    set "name=%%C"
    if "%%A"=="DisplayName" call :entry %%V
    if not "%%A"=="DisplayName" set "key=%%A"
    if not "%%A"=="DisplayName" if not "%%B"=="" set "key=%%A %%B"
    if not "%%A"=="DisplayName" if not "%%C"=="" set "key=%%A %%B %%C"
)
echo ::jumpfleet:: end
exit /b 0
:named
for %%P in (bomgar-ps bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%~1"=="%%P" call :service %1 %2
exit /b 0
:service
set "service=%~1"
if not %2=="" set "service=%~1-%~2"
rem Values are echoed as a loop's variables, which cmd.exe does not read again.
for /f "delims=" %%S in ("%service%") do echo ::jumpfleet:: service %%S
for /f "tokens=1,2*" %%A in ('reg query "%services%\%service%" /v ImagePath 2^>nul') do if "%%A"=="ImagePath" echo ::jumpfleet:: image %%C
call :state "%service%"
if "%state%"=="4" echo ::jumpfleet:: running
exit /b 0
:entry
if not defined name exit /b 0
set "name=%name:"=%"
if not defined name exit /b 0
set "meant="
for /f "tokens=1 delims=[" %%P in ("%name%") do for %%N in ("BeyondTrust Privileged Remote Access Jump Client " "BeyondTrust Remote Support Jump Client ") do if /i "%%P"==%%N set "meant=yes"
if not defined meant exit /b 0
for /f "delims=" %%N in ("%name%") do echo ::jumpfleet:: entry %%N
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v UninstallString /reg:%1 2^>nul') do if "%%A"=="UninstallString" echo ::jumpfleet:: program %%C
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v InstallLocation /reg:%1 2^>nul') do if "%%A"=="InstallLocation" echo ::jumpfleet:: location %%C
exit /b 0
