@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
cd /d "%package_staging%"
rem A batch file waits for every program, one with windows too; `start /wait` would not leave quotes as they are.
{{ command }}
exit %errorlevel%
