cd /d "%staging%" || exit /b 73
if defined install_dir if exist "%install_dir%" (
    echo the install directory exists already 1>&2
    exit /b 76
)
if exist install.rc del install.rc
