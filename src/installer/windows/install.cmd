if not exist "%staging%\" exit /b 73
rem A folder cannot be removed while somebody is in it, such as a wait that nobody listens to any more.
cd /d "%staging%\.."
call :is_at_work
if defined at_work (
    echo an installer of this run is at work 1>&2
    exit /b 75
)
if exist "%staging%\install.rc" (
    echo an installer of this run has been here 1>&2
    exit /b 75
)
if defined install_dir if exist "%install_dir%" (
    echo the install directory exists already 1>&2
    exit /b 76
)
rem One that has ended may have left its lock with the client it started.
for /d %%D in (jumpfleet-*) do (
    set "place=%%~fD"
    if not defined at_work if not exist "%%~fD\install.rc" call :is_at_work_there
)
if defined at_work (
    echo another run's installer is at work 1>&2
    exit /b 76
)
call :carry_out
if not defined status exit /b %ERRORLEVEL%
echo.
echo ::jumpfleet:: status %status%
exit /b %status%
