set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "status=1605"
set "key="
rem Only what the administrators have registered is run: anybody can make a folder that looks like a client's.
rem What others are called may hold anything, so a loop's variables are compared and set, and handed to nobody.
for %%V in (64 32) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /v DisplayName /reg:%%V 2^>nul') do (
    set "name=%%C"
    if "%%A"=="DisplayName" call :entry %%V
    if not "%%A"=="DisplayName" set "key=%%A"
    if not "%%A"=="DisplayName" if not "%%B"=="" set "key=%%A %%B"
    if not "%%A"=="DisplayName" if not "%%C"=="" set "key=%%A %%B %%C"
)
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
:entry
if not defined name exit /b 0
set "name=%name:"=%"
if not defined name exit /b 0
if "%which%"=="other" goto :other
if /i "%name%"=="%display_name%" goto :meant
exit /b 0
:other
for /f "tokens=1 delims=[" %%P in ("%name%") do if /i "%%P"=="%display_product% " goto :meant
exit /b 0
:meant
for %%K in ("%key%") do set "code=%%~nxK"
rem Only Windows Installer's own entries are named by a product code.
if "%code:~0,1%"=="{" (
    rem Both print nothing, and what they leave running for a while would keep a file open that they print to.
    msiexec /x %code% /qn /norestart >nul 2>&1
    goto :removed
)
set "said="
for /f "tokens=1,2*" %%A in ('reg query "%key%" /v UninstallString /reg:%1 2^>nul') do if "%%A"=="UninstallString" set "said=%%C"
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
