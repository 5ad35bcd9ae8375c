rem A package waits for the removal itself, and has no folder for a job.
if not defined staging goto :remove
if /i "%~dp0"=="%staging%\" goto :job
rem A folder cannot be removed while somebody is in it.
cd /d "%SystemRoot%"
rem What a session has started that was lost is waited for, and what it ended with is told.
call :is_at_work
if defined at_work call :await
if not defined at_work call :begin
set "ended=%ERRORLEVEL%"
if not defined status exit /b %ended%
schtasks /delete /tn "%task%" /f >nul 2>nul
set /a tried=0
:clear
del /q "%staging%\%job%.*" >nul 2>nul
rem What has just ended lets its files go a moment later.
if exist "%staging%\%job%.*" goto :held
rmdir "%staging%" 2>nul
if not exist "%staging%\" exit /b %status%
rem Where an installer is staged the folder stays.
set "staged="
for /f "eol=: delims=" %%F in ('dir /b /a "%staging%" 2^>nul') do set "staged=yes"
if defined staged exit /b %status%
:held
set /a tried+=1
if %tried% geq 20 exit /b %status%
ping -n 2 127.0.0.1 >nul
goto :clear
:begin
set "status="
if exist "%staging%\%job%.rc" goto :ended
if not exist "%staging%\" mkdir "%staging%"
call :own "%staging%"
if not "%ERRORLEVEL%"=="0" (
    echo the staging folder is a link, or cannot be closed to others 1>&2
    exit /b 73
)
del /f /q /a "%staging%\%job%.*" >nul 2>nul
if exist "%staging%\%job%.*" (
    echo a program keeps files in the staging folder open 1>&2
    exit /b 75
)
call :lay
if not "%ERRORLEVEL%"=="0" exit /b 74
goto :carry_out
