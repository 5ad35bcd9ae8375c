call :anew "%staging%" "%file_name%"
exit /b %ERRORLEVEL%
