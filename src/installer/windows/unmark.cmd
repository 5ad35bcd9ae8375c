if exist "%marker_file%" del "%marker_file%"
if exist "%marker_file%" exit /b 74
exit /b 0
