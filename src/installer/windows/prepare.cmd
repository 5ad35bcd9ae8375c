if exist "%staging%" for %%I in ("%staging%") do set "attributes=%%~aI"
if defined attributes if not "%attributes:l=%"=="%attributes%" (
    echo the staging folder is a link 1>&2
    exit /b 73
)
if exist "%staging%\" (
    rem Whoever made it, and whatever he granted: the administrators own it now and nothing is granted.
    icacls "%staging%" /setowner *S-1-5-32-544 /t >nul
    if errorlevel 1 exit /b 73
    icacls "%staging%" /reset /t >nul
    if errorlevel 1 exit /b 73
) else mkdir "%staging%"
if not exist "%staging%\" exit /b 73
rem Only the owner (S-1-3-4), the administrators (S-1-5-32-544) and the system (S-1-5-18) may look inside.
icacls "%staging%" /inheritance:r /grant:r *S-1-3-4:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F >nul
if errorlevel 1 exit /b 73
exit /b 0
