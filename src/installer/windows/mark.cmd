if not exist "%marker_folder%\" mkdir "%marker_folder%" || exit /b 73
(
    for %%V in ("%release%") do echo release: %%~V
    for %%V in ("%run%") do echo run: %%~V
    if defined install_dir (for %%V in ("%install_dir%") do echo install directory: %%~V) else echo install directory: chosen by the installer
) >"%marker_file%.new" || exit /b 74
move /y "%marker_file%.new" "%marker_file%" >nul || exit /b 74
exit /b 0
