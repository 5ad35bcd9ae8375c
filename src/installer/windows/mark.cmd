if not exist "%marker_folder%\" mkdir "%marker_folder%"
if not exist "%marker_folder%\" exit /b 73
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
