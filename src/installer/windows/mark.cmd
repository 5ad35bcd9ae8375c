if not exist "%marker_folder%\" mkdir "%marker_folder%"
if not exist "%marker_folder%\" exit /b 73
for %%V in ("%release%") do >"%marker_file%.new" echo release: %%~V
for %%V in ("%run%") do >>"%marker_file%.new" echo run: %%~V
if not defined install_dir set "install_dir=chosen by the installer"
for %%V in ("%install_dir%") do >>"%marker_file%.new" echo install directory: %%~V
if not exist "%marker_file%.new" exit /b 74
move /y "%marker_file%.new" "%marker_file%" >nul
if exist "%marker_file%.new" exit /b 74
exit /b 0
