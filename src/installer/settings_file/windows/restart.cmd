if /i "%~dp0"=="%staging%\" goto :job
set "status="
rem An earlier one, whose connection was lost, ends by itself.
call :is_at_work
if defined at_work call :await >nul
rem It takes its file along a moment after that.
if defined status ping -n 2 127.0.0.1 >nul
del /f /q "%staging%\%job%.*" >nul 2>nul
call :lay
if not "%ERRORLEVEL%"=="0" exit /b 74
call :carry_out
if not defined status exit /b %ERRORLEVEL%
exit /b %status%
