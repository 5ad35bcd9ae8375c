echo.
echo ::jumpfleet:: status %status%
exit /b %status%
