@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Removes the Jump Client of pra.example.org and its mark. Its exit codes stand in README.md.
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
call :remove remove-1
call :remove remove-2
>>"%log%" echo %DATE% %TIME% intune: the removal ends with %status%
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

:own
rem Whoever made it, and whatever he granted: it is taken from him, and if it is a link the link and not what it leads to.
icacls "%~1" /setowner *S-1-5-32-544 /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
icacls "%~1" /reset /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
rem Only the owner (S-1-3-4), the administrators (S-1-5-32-544) and the system (S-1-5-18) may look inside.
icacls "%~1" /inheritance:r /grant:r *S-1-3-4:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F /l >nul
if not "%ERRORLEVEL%"=="0" exit /b 73
rem By now nobody else can change what it is.
set "attributes="
for %%I in ("%~1") do set "attributes=%%~aI"
if not defined attributes exit /b 73
if not "%attributes:l=%"=="%attributes%" exit /b 17
if /i not "%attributes:~0,1%"=="d" exit /b 17
exit /b 0

:anew
rem What is there may have been put there by anybody: of it all only a copy of one file is kept, whose digest is read.
if not exist "%~1" goto :anew_made
call :own "%~1"
if "%ERRORLEVEL%"=="17" (
    echo the folder %~1 is a link, or a file 1>&2
    exit /b 73
)
if not "%ERRORLEVEL%"=="0" exit /b 73
set "foreign="
for /f "eol=: delims=" %%D in ('dir /b /ad "%~1" 2^>nul') do set "foreign=yes"
if defined foreign (
    echo the folder %~1 holds folders, which are not ours: look at it, and remove it by hand 1>&2
    exit /b 73
)
if not "%~2"=="" if exist "%~1\%~2" copy /y /b "%~1\%~2" "%~dp0kept" >nul
del /f /q /a "%~1\*" >nul 2>nul
rem Not with what is in it, which somebody could change meanwhile.
rmdir "%~1" 2>nul
if exist "%~1" (
    echo a program keeps the folder %~1 open 1>&2
    exit /b 75
)
:anew_made
rem One that somebody else makes meanwhile is not taken for ours.
mkdir "%~1" 2>nul
if not "%ERRORLEVEL%"=="0" (
    echo the folder %~1 cannot be made 1>&2
    exit /b 73
)
call :own "%~1"
if not "%ERRORLEVEL%"=="0" exit /b 73
set "foreign="
for /f "eol=: delims=" %%D in ('dir /b /a "%~1" 2^>nul') do set "foreign=yes"
if defined foreign (
    echo somebody else put something into the folder %~1 1>&2
    exit /b 73
)
if exist "%~dp0kept" move /y "%~dp0kept" "%~1\%~2" >nul
exit /b 0
