@echo off
setlocal EnableExtensions EnableDelayedExpansion
rem Other programs of the same names may come first. What else is in the list is not read as a part of this line.
set "PATH=%SystemRoot%\System32;%SystemRoot%;!PATH!"
setlocal DisableDelayedExpansion
chcp 65001 >nul
set marker_file=C:\ProgramData\jumpfleet\PRAJumpClient.txt
set "marker_file=%marker_file:"=%"
if exist "%marker_file%" del "%marker_file%"
if exist "%marker_file%" exit /b 74
exit /b 0
