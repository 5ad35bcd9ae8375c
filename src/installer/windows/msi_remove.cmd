set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "code="
for %%V in (64 32) do for /f "delims=" %%K in ('reg query "%uninstall%" /reg:%%V 2^>nul') do call :look "%%K" %%V
set "status=1605"
if defined code call :remove
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
:look
for /f "tokens=1,2*" %%A in ('reg query %1 /v DisplayName /reg:%2 2^>nul') do if "%%A"=="DisplayName" call :entry "%%C" %1
exit /b 0
:entry
if /i %1=="%display_name%" set "code=%~nx2"
exit /b 0
:remove
rem Only Windows Installer's own entries are named by a product code.
if not "%code:~0,1%"=="{" exit /b 0
start "" /wait msiexec /x %code% /qn /norestart
set "status=%ERRORLEVEL%"
exit /b 0
