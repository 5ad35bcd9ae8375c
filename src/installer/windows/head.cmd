@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
rem Other programs of the same names may come first.
set "PATH=%SystemRoot%\System32;%SystemRoot%;%PATH%"
