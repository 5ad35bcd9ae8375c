set "status=%ERRORLEVEL%"
>install.new echo %status%
move /y install.new install.rc >nul
exit /b 0
