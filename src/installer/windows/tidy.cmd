rem Once more, as the last thing before: a client that came meanwhile stays.
set "client="
for /f "delims=," %%L in ('tasklist /nh /fo csv 2^>nul') do for %%P in (bomgar-pec bomgar-scc sra-pin sra-scc) do if /i "%%~L"=="%%P.exe" set "client=yes"
if defined client (
    echo a client runs on the host 1>&2
    exit /b 76
)
if defined install_dir if exist "%install_dir%" rmdir /s /q "%install_dir%"
if defined install_dir if exist "%install_dir%" exit /b 75
cd /d "%ProgramData%"
if /i not "%CD%"=="%ProgramData%" exit /b 75
set "left="
for /d %%D in (%product%-*) do rmdir /s /q "%%~fD"
for /d %%D in (%product%-*) do set "left=yes"
if defined left exit /b 75
exit /b 0
