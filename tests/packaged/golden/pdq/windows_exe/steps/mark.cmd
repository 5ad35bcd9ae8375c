@echo off
setlocal EnableExtensions EnableDelayedExpansion
rem Other programs of the same names may come first. What else is in the list is not read as a part of this line.
set "PATH=%SystemRoot%\System32;%SystemRoot%;!PATH!"
setlocal DisableDelayedExpansion
chcp 65001 >nul
set marker_file=C:\ProgramData\jumpfleet\PRAJumpClient.txt
set "marker_file=%marker_file:"=%"
set marker_folder=C:\ProgramData\jumpfleet
set "marker_folder=%marker_folder:"=%"
set release=spring
set "release=%release:"=%"
set "product=bomgar-pec"
set site=pra.example.org
set "site=%site:"=%"
set run=pdq
set "run=%run:"=%"
set "install_dir="
set jc_tag=desk
set "jc_tag=%jc_tag:"=%"
set "setting: jc_tag=%jc_tag%"
if not exist "%marker_folder%\" mkdir "%marker_folder%"
if not exist "%marker_folder%\" exit /b 73
rem Anybody may make folders there, and one who made ours could lead us anywhere.
if /i not "%marker_folder%"=="%ProgramData%\jumpfleet" goto :write
call :own "%marker_folder%"
if not "%ERRORLEVEL%"=="0" (
    echo the folder of the marker file is a link, or cannot be closed to others 1>&2
    exit /b 73
)
:write
if exist "%marker_file%.new" del /f /q /a "%marker_file%.new"
if exist "%marker_file%.new" exit /b 74
for %%V in ("%release%") do >"%marker_file%.new" echo release: %%~V
for %%V in ("%product%") do >>"%marker_file%.new" echo product: %%~V
for %%V in ("%site%") do >>"%marker_file%.new" echo site: %%~V
for %%V in ("%run%") do >>"%marker_file%.new" echo run: %%~V
if not defined install_dir set "install_dir=chosen by the installer"
for %%V in ("%install_dir%") do >>"%marker_file%.new" echo install directory: %%~V
rem Variables are listed as they are, whatever they hold; some of ours have names that are a line's beginning.
set "setting: " >>"%marker_file%.new" 2>nul
if not exist "%marker_file%.new" exit /b 74
move /y "%marker_file%.new" "%marker_file%" >nul
if exist "%marker_file%.new" exit /b 74
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
