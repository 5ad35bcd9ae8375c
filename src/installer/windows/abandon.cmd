taskkill /f /t /fi "imagename eq %file_name%" >nul 2>&1
exit /b 0
