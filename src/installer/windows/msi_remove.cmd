set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
set "status=1605"
for %%V in (64 32) do for /f "delims=" %%K in ('reg query "%uninstall%" /s /d /e /f "%display_name%" /reg:%%V 2^>nul ^| findstr /b /c:"HKEY_"') do call :remove "%%~nxK"
echo(
echo ::jumpfleet:: status %status%
exit /b %status%
:remove
rem Only a product code is one; other kinds of entries are not Windows Installer's.
set "code=%~1"
if not "%code:~0,1%"=="{" exit /b 0
start "" /wait msiexec /x %code% /qn /norestart
set "status=%ERRORLEVEL%"
exit /b 0
