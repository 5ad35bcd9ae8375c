schtasks /end /tn "%task%" >nul 2>nul
rem A package goes on in Windows Installer's service, which rolls it back by itself.
if /i not "%file_name:~-4%"==".msi" taskkill /f /t /fi "imagename eq %file_name%" >nul 2>nul
set /a waited=0
:wait
rem What is open cannot be deleted: the installer while it runs, the log while Windows Installer works.
call :is_at_work
for %%F in ("%staging%\%file_name%" "%staging%\install.log") do (
    if exist %%F del %%F >nul 2>nul
    if exist %%F set "at_work=yes"
)
if not defined at_work exit /b 0
set /a waited+=1
if %waited% geq 40 (
    echo the installer does not end 1>&2
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
goto :wait
