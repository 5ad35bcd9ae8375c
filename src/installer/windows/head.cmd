@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
rem By its whole name: other programs called `find` may come first.
set "find=%SystemRoot%\System32\find.exe"
