@echo off
setlocal EnableExtensions EnableDelayedExpansion
rem Other programs of the same names may come first. What else is in the list is not read as a part of this line.
set "PATH=%SystemRoot%\System32;%SystemRoot%;!PATH!"
setlocal DisableDelayedExpansion
chcp 65001 >nul
set staging="%package_staging%"
set "staging=%staging:"=%"
set file_name="%package_file_name%"
set "file_name=%file_name:"=%"
if not exist "%staging%\%file_name%" exit /b 0
set "digest="
rem The second line is the digest; older versions put a blank between its bytes.
for /f "skip=1 delims=" %%H in ('certutil -hashfile "%staging%\%file_name%" SHA256') do if not defined digest set "digest=%%H"
if not defined digest exit /b 74
echo.
for /f "delims=" %%D in ("%digest: =%") do echo ::jumpfleet:: digest %%D
exit /b 0
