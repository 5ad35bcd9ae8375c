if /i "%~dp0"=="%staging%\" goto :job
rem What an earlier try left is looked at by the next step.
call :is_at_work
if defined at_work exit /b 0
if exist "%staging%\install.rc" exit /b 0
if exist "%staging%\install.begun" del "%staging%\install.begun"
call :lay
exit /b %ERRORLEVEL%
