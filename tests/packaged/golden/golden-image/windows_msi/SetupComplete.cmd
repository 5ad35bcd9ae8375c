@echo off
rem Begins the installation of the BeyondTrust Jump Client of pra.example.org at the end of Windows' setup. Made by jumpfleet.
rem Windows runs this once, as the system, before anybody can log in; it must not wait for a network.
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0jump-client"
cmd /d /c ^""%home%\first-boot.cmd" ^"
set "status=%errorlevel%"
if not "%status%"=="75" exit /b 0
schtasks /create /f /tn jumpfleet-first-boot /ru SYSTEM /sc minute /mo 5 /tr "cmd.exe /d /c \"\"%home%\first-boot.cmd\"\""
exit /b 0
