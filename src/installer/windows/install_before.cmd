if not exist "%staging%\" exit /b 73
cd /d "%staging%"
if defined install_dir if exist "%install_dir%" (
    echo the install directory exists already 1>&2
    exit /b 76
)
if exist install.rc del install.rc
