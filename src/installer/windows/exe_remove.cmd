set "status=0"
if defined install_dir (call :remove "%install_dir%") else for /d %%D in ("%ProgramData%\%product%-*") do call :remove "%%~D"
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
:remove
if not exist "%~1\%product%.exe" exit /b 0
start "" /wait "%~1\%product%.exe" -uninstall silent
set "status=%ERRORLEVEL%"
exit /b 0
