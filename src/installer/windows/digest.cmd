if not exist "%staging%\%file_name%" exit /b 0
set "digest="
rem The second line is the digest; older versions put a blank between its bytes.
for /f "skip=1 delims=" %%H in ('certutil -hashfile "%staging%\%file_name%" SHA256') do if not defined digest set "digest=%%H"
if not defined digest exit /b 74
echo.
for /f "delims=" %%D in ("%digest: =%") do echo ::jumpfleet:: digest %%D
exit /b 0
