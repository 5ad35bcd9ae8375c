@echo off
rem The start-up script of the group policy for {{ site }}: at every start of a computer, and over at once where its mark is.
rem The mark of another site's policy is none of ours.
set "mark=%ProgramData%\jumpfleet\package.done"
if exist "%mark%" for /f "usebackq" %%S in ("%mark%") do if /i "%%S"=="{{ site }}" exit /b 0
cmd /d /c ^""%~dp0install.cmd" ^"
set "ended=%ERRORLEVEL%"
for %%C in (0 1641 3010) do if "%ended%"=="%%C" echo {{ site }}>"%mark%"
exit /b %ended%
