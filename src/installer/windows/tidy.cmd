rem Once more, as the last thing before: a client that came meanwhile stays.
set "client="
set "listed="
for /f "delims=," %%L in ('tasklist /nh /fo csv 2^>nul') do (
    set "listed=yes"
    for %%P in (bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%%~L"=="%%P.exe" set "client=yes"
)
for /f "delims=," %%L in ('tasklist /nh /fo csv /fi "imagename eq sra-*" 2^>nul') do if /i "%%~xL"==".exe" set "client=yes"
if not defined listed (
    echo what runs on the host cannot be listed, so nothing is removed 1>&2
    exit /b 74
)
if defined client (
    echo a client runs on the host 1>&2
    exit /b 76
)
rem Somebody else's files may lie there too; what cannot be a name ends no line and begins no remark.
set "foreign="
if not defined install_dir goto :remove
for /f "eol=: delims=" %%E in ('dir /b /a "%install_dir%" 2^>nul') do (
    set "entry=%%E"
    call :belongs
)
if not defined foreign goto :remove
for /f "tokens=1 delims=|" %%I in ("%install_dir%") do echo %%I holds what may be somebody else's: look at it, and remove the folder by hand 1>&2
exit /b 73
:remove
if defined install_dir if exist "%install_dir%" rmdir /s /q "%install_dir%"
if defined install_dir if exist "%install_dir%" exit /b 75
cd /d "%ProgramData%"
if /i not "%CD%"=="%ProgramData%" exit /b 75
set "left="
for /d %%D in (%product%-*) do rmdir /s /q "%%~fD"
for /d %%D in (%product%-*) do set "left=yes"
if defined left exit /b 75
exit /b 0
:belongs
if /i "%entry%"=="settings.ini" exit /b 0
rem The copies that `jumpfleet proxy` made.
if /i "%entry:~0,29%"=="settings.ini.jumpfleet-backup" exit /b 0
for /f "eol=: delims=-.:" %%P in ("%entry%") do if /i not "%%P"=="bomgar" if /i not "%%P"=="sra" set "foreign=yes"
exit /b 0
