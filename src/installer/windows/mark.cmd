if not exist "%marker_folder%\" mkdir "%marker_folder%"
if not exist "%marker_folder%\" exit /b 73
rem Anybody may make folders there, and one who made ours could lead us anywhere.
if /i not "%marker_folder%"=="%ProgramData%\jumpfleet" goto :write
call :own "%marker_folder%"
if not "%ERRORLEVEL%"=="0" (
    echo the folder of the marker file is a link, or cannot be closed to others 1>&2
    exit /b 73
)
:write
if exist "%marker_file%.new" del /f /q /a "%marker_file%.new"
if exist "%marker_file%.new" exit /b 74
for %%V in ("%release%") do >"%marker_file%.new" echo release: %%~V
for %%V in ("%product%") do >>"%marker_file%.new" echo product: %%~V
for %%V in ("%site%") do >>"%marker_file%.new" echo site: %%~V
for %%V in ("%run%") do >>"%marker_file%.new" echo run: %%~V
if not defined install_dir set "install_dir=chosen by the installer"
for %%V in ("%install_dir%") do >>"%marker_file%.new" echo install directory: %%~V
rem Variables are listed as they are, whatever they hold; some of ours have names that are a line's beginning.
set "setting: " >>"%marker_file%.new" 2>nul
if not exist "%marker_file%.new" exit /b 74
move /y "%marker_file%.new" "%marker_file%" >nul
if exist "%marker_file%.new" exit /b 74
exit /b 0
