@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
cd /d "%package_staging%"
rem A batch file waits for every program, one with windows too; `start /wait` would not leave quotes as they are.
msiexec /i "%package_file_name%" jc_jump_group=jumpgroup:terminal_servers /quiet /norestart /l*v install.log
exit %errorlevel%
