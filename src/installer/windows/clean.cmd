for %%I in ("%staging%") do set "folder=%%~nxI"
if /i not "%folder:~0,10%"=="jumpfleet-" (
    echo the staging folder is not one of ours 1>&2
    exit /b 64
)
if not "%staging:..=%"=="%staging%" exit /b 64
if not "%staging:~1,2%"==":\" exit /b 64
cd /d "%SystemRoot%"
rem In one block, which is read as a whole: this file may lie in the folder itself.
if exist "%staging%" (
    rmdir /s /q "%staging%"
    if exist "%staging%" (exit /b 75) else exit /b 0
)
exit /b 0
