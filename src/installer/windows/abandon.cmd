schtasks /end /tn "%task%" >nul 2>nul
rem A package goes on in Windows Installer's service, which rolls it back by itself.
if /i not "%file_name:~-4%"==".msi" taskkill /f /t /fi "imagename eq %file_name%" >nul 2>nul
set /a waited=0
:wait
call :is_at_work "%staging%"
if not defined at_work exit /b 0
ping -n 2 127.0.0.1 >nul
set /a waited+=1
if %waited% lss 15 goto :wait
echo the installer does not end 1>&2
exit /b 75
