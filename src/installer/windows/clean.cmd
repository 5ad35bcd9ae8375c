for %%I in ("%staging%") do set "folder=%%~nxI"
if /i not "%folder:~0,10%"=="jumpfleet-" (
    echo the staging folder is not one of ours 1>&2
    exit /b 64
)
if not "%staging:..=%"=="%staging%" exit /b 64
if not "%staging:~1,2%"==":\" exit /b 64
call :is_at_work "%staging%"
if defined at_work (
    echo an installer still works in the staging folder 1>&2
    exit /b 75
)
schtasks /delete /tn "%task%" /f >nul 2>nul
cd /d "%SystemRoot%"
if exist "%staging%" rmdir /s /q "%staging%"
if exist "%staging%" exit /b 75
exit /b 0
