:stop
set "service=%~1"
set /a waited=0
:stopping
call :state
if not defined state (
    echo the service %~1 is not there
    exit /b 69
)
if "%state%"=="1" exit /b 0
rem One that is on its way already takes no more controls.
if "%state%"=="4" sc stop "%~1" >sc.out 2>&1 && del sc.out
if %waited% geq 60 (
    call :say "the service %~1 does not stop"
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
set /a waited+=1
goto :stopping
:start
set "service=%~1"
set /a waited=0
set "steady="
sc start "%~1" >sc.out 2>&1
if "%ERRORLEVEL%"=="0" goto :starting
rem 1056: it runs already (system error codes).
if "%ERRORLEVEL%"=="1056" goto :starting
call :say "the service %~1 was not started"
exit /b 69
:starting
call :state
rem Some run for a moment only.
if "%state%"=="4" if defined steady exit /b 0
if "%state%"=="4" set "steady=yes"
if "%state%"=="1" (
    echo the service %~1 ended as soon as it was started
    exit /b 69
)
if %waited% geq 60 (
    echo the service %~1 does not start
    exit /b 75
)
ping -n 2 127.0.0.1 >nul
set /a waited+=1
goto :starting
:say
rem The last line of what sc said is its reason.
set "said="
if exist sc.out for /f "usebackq delims=" %%L in ("sc.out") do set "said=%%L"
if defined said set "said=%said:"=%"
if defined said for /f "delims=" %%L in ("%said%") do echo %~1: %%L
if not defined said echo %~1
exit /b 0
:others
rem What runs of the vendor's now is another client's.
for %%N in (bomgar sra) do for /f "tokens=2 delims=," %%M in ('tasklist /nh /fo csv /fi "imagename eq %%N-*" 2^>nul') do echo ::jumpfleet:: other %%~M
exit /b 0
