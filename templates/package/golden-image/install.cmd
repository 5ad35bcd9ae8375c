@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
cd /d "%package_staging%"
start "" /wait {{ command }}
exit %errorlevel%
