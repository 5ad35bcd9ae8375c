rem Of several clients nobody has said which one is to go: none does.
set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "views=64 32"
rem A 32-bit Windows has one, and shows it twice.
if "%PROCESSOR_ARCHITECTURE%%PROCESSOR_ARCHITEW6432%"=="x86" set "views=64"
set /a clients=0
for %%V in (%views%) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /v DisplayName /reg:%%V 2^>nul') do (
    set "name=%%C"
    if "%%A"=="DisplayName" call :client
)
if %clients% leq 1 goto :alone
echo %clients% clients of other sites are there: remove all but one by hand 1>&2
exit /b 65
:client
if not defined name exit /b 0
set "name=%name:"=%"
if defined name for /f "tokens=1 delims=[" %%P in ("%name%") do if /i "%%P"=="%display_product% " set /a clients+=1
exit /b 0
:alone
