@echo off
rem The start-up script of the group policy for pra.example.org: at every start of a computer, and over at once where its mark is.
rem The mark of another site's policy is none of ours.
set "mark=%ProgramData%\jumpfleet\package.done"
if exist "%mark%" for /f "usebackq" %%S in ("%mark%") do if /i "%%S"=="pra.example.org" exit /b 0
cmd /d /c ^""%~dp0install.cmd" ^"
set "ended=%ERRORLEVEL%"
for %%C in (0 1641 3010) do if "%ended%"=="%%C" echo pra.example.org>"%mark%"
exit /b %ended%
