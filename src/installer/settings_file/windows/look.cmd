set "services=HKLM\SYSTEM\CurrentControlSet\Services"
echo.
rem A folder alone proves nothing, for anybody may make one there: it is named, and what starts a client is looked for.
if defined install_dir if exist "%install_dir%\settings.ini" for %%I in ("%install_dir%") do echo ::jumpfleet:: install_dir %%~fI
cd /d "%ProgramData%"
for /d %%D in (bomgar-pec-* bomgar-scc-* sra-pin-* sra-scc-*) do if exist "%%~fD\settings.ini" echo ::jumpfleet:: folder %%~fD
cd /d "%SystemRoot%"
rem After the four parts of the path come the words of the service's name.
for /f "tokens=5,6* delims=\-" %%A in ('reg query "%services%" 2^>nul') do (
    set "service=%%A-%%B"
    set "rest=%%C"
    if /i "%%A"=="bomgar" call :named
    if /i "%%A"=="sra" call :named
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
call :entries
echo ::jumpfleet:: end
exit /b 0
:named
set "service=%service:"=%"
for %%P in (bomgar-ps bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%service%"=="%%P" call :service
exit /b 0
:service
if defined rest set "rest=%rest:"=%"
if defined rest set "service=%service%-%rest%"
rem Values are echoed as a loop's variables, which cmd.exe does not read again.
for /f "delims=" %%S in ("%service%") do echo ::jumpfleet:: service %%S
for /f "tokens=1,2*" %%A in ('reg query "%services%\%service%" /v ImagePath 2^>nul') do if "%%A"=="ImagePath" echo ::jumpfleet:: image %%C
call :state
if "%state%"=="4" echo ::jumpfleet:: running
exit /b 0
:entry
set "meant="
for %%N in ("BeyondTrust Privileged Remote Access Jump Client " "BeyondTrust Remote Support Jump Client ") do if /i "%called%"==%%N set "meant=yes"
if not defined meant exit /b 0
for /f "delims=" %%N in ("%name%") do echo ::jumpfleet:: entry %%N
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v UninstallString /reg:%view% 2^>nul') do if "%%A"=="UninstallString" echo ::jumpfleet:: program %%C
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v InstallLocation /reg:%view% 2^>nul') do if "%%A"=="InstallLocation" echo ::jumpfleet:: location %%C
exit /b 0
