@echo off
rem Begins the installation of the BeyondTrust Jump Client of pra.example.org at the end of Windows' setup. Made by jumpfleet.
rem Windows runs this once, as the system, before anybody can log in; it must not wait for a network. What is not done by
rem then is left to a scheduled task.
setlocal EnableExtensions DisableDelayedExpansion
cmd /d /c ^""%~dp0jump-client\first-boot.cmd" ^"
exit /b 0
