rem Windows Installer works as a service and rolls back by itself; ending it could harm another install.
exit /b 0
