set "status=%ERRORLEVEL%"
>install.rc echo %status%
