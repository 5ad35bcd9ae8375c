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
