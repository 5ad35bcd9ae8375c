for %%I in ("%staging%") do set "folder=%%~nxI"
if /i not "%folder:~0,10%"=="jumpfleet-" (
    echo the staging folder is not one of ours 1>&2
    exit /b 64
)
if not "%staging:..=%"=="%staging%" exit /b 64
if not "%staging:~1,2%"==":\" exit /b 64
cd /d "%~dp0.."
set /a tried=0
:again
set "at_work="
for %%J in (remove install restart) do if not defined at_work call :is_job_at_work %%J
if defined at_work goto :held
for %%T in ("%task%" "%task%-remove") do schtasks /delete /tn %%T /f >nul 2>nul
if exist "%staging%" rmdir /s /q "%staging%" 2>nul
if exist "%staging%" goto :held
rem Folders of sessions that were lost; this file lies in the one of this session.
for /d %%D in (%folder%-*) do if /i not "%%~fD\"=="%~dp0" rmdir /s /q "%%~fD" 2>nul
set "left="
for /d %%D in (%folder%-*) do if /i not "%%~fD\"=="%~dp0" set "left=yes"
if not defined left exit /b 0
:held
rem What has just ended, or a scanner that looks at it, lets its files go a moment later.
set /a tried+=1
if %tried% geq 40 goto :left
ping -n 2 127.0.0.1 >nul
goto :again
:left
if defined at_work echo a job still works in the staging folder 1>&2
if not defined at_work echo a program keeps a folder of this run open 1>&2
exit /b 75
:is_job_at_work
set "job=%1"
call :is_at_work
exit /b 0
