@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Removes the Jump Client of {{ site }} and its mark. Its exit codes stand in README.md.
if not defined PROCESSOR_ARCHITEW6432 goto :begin
"%SystemRoot%\Sysnative\cmd.exe" /d /c ^""%~f0" ^"
exit /b %ERRORLEVEL%
:begin
chcp 65001 >nul
set "here=%~dp0"
set "here=%here:~0,-1%"
set "folder=%ProgramData%\jumpfleet"
set "log=%folder%\package.log"
set "status=0"
cd /d "%SystemRoot%\System32"
if not exist "%folder%\" mkdir "%folder%"
call :own "%folder%"
if not "%ERRORLEVEL%"=="0" (
    echo the folder %folder% is a link, or cannot be closed to others
    exit /b 82
)
if exist "%folder%\package.done" del "%folder%\package.done"
{{ removals }}>>"%log%" echo %DATE% %TIME% {{ tool }}: the removal ends with %status%
echo the removal ends with %status%
exit /b %status%

rem A removal that was not needed (1605) is one that went well; a restart that is wanted is told.
:remove
if not "%status%"=="0" if not "%status%"=="3010" if not "%status%"=="1641" exit /b 0
rem Not into the log itself: what a removal leaves behind for a moment would hold it, and nobody else could write to it.
cmd /d /c ^""%here%\steps\%1.cmd" ^" >"%folder%\%1.txt" 2>&1
set "ended=%ERRORLEVEL%"
type "%folder%\%1.txt" >>"%log%" 2>nul
del "%folder%\%1.txt" >nul 2>nul
if "%ended%"=="1605" exit /b 0
if not "%ended%"=="0" set "status=%ended%"
exit /b 0
{{ own }}