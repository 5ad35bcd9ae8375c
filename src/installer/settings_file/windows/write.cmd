set "file=%directory%\settings.ini"
set "backup=%file%.jumpfleet-backup"
set "new=%staging%\settings.new"
if not exist "%file%" (
    echo settings.ini is not there any more 1>&2
    exit /b 67
)
for %%I in ("%directory%") do set "attributes=%%~aI"
for %%I in ("%file%") do set "attributes=%attributes%%%~aI"
if not "%attributes:l=%"=="%attributes%" (
    echo settings.ini or its folder is a link 1>&2
    exit /b 67
)
set "of=%new%"
call :digest
if not "%digest%"=="%after%" (
    echo the new settings did not arrive whole 1>&2
    exit /b 74
)
set "of=%file%"
call :digest
if not "%digest%"=="%before%" (
    echo settings.ini has changed since it was read 1>&2
    exit /b 68
)
set /a number=1
:number
if not exist "%backup%.%number%" goto :numbered
set /a number+=1
goto :number
:numbered
if exist "%backup%" move /y "%backup%" "%backup%.%number%" >nul 2>nul
if exist "%backup%" (
    echo an older copy of settings.ini cannot be kept 1>&2
    exit /b 74
)
copy /y /b "%file%" "%backup%" >nul
set "of=%backup%"
call :digest
if not "%digest%"=="%before%" (
    del /f "%backup%" >nul 2>nul
    echo settings.ini cannot be copied 1>&2
    exit /b 74
)
rem The copy has the rights of the folder; where the file's own are narrower they must not become wider.
icacls "%backup%" /inheritance:r /grant:r *S-1-5-32-544:F *S-1-5-18:F >nul
if not "%ERRORLEVEL%"=="0" (
    del /f "%backup%" >nul 2>nul
    echo the copy of settings.ini cannot be closed to others 1>&2
    exit /b 73
)
rem Into the file that is there, which so keeps its owner and its rights.
copy /y /b "%new%" "%file%" >nul
del /f "%new%" >nul 2>nul
set "of=%file%"
call :digest
if "%digest%"=="%after%" exit /b 0
copy /y /b "%backup%" "%file%" >nul
call :digest
if "%digest%"=="%before%" (
    del /f "%backup%" >nul 2>nul
    echo settings.ini cannot be written 1>&2
    exit /b 74
)
echo settings.ini is broken, and the copy beside it could not be put back 1>&2
exit /b 70
