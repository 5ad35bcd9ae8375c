@echo off
rem The start-up script of the group policy for pra.example.org: at every start of a computer, and over at once where the mark is.
if exist "%ProgramData%\jumpfleet\package.done" exit /b 0
cmd /d /c ^""%~dp0install.cmd" ^"
set "ended=%ERRORLEVEL%"
for %%C in (0 1641 3010) do if "%ended%"=="%%C" echo pra.example.org>"%ProgramData%\jumpfleet\package.done"
exit /b %ended%
