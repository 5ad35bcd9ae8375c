set "file=%directory%\settings.ini"
set "backup=%file%.jumpfleet-backup"
set "of=%backup%"
call :digest
if not "%digest%"=="%before%" (
    echo the copy of settings.ini is not what it was 1>&2
    exit /b 68
)
set /a tried=0
:again
copy /y /b "%backup%" "%file%" >nul
set "of=%file%"
call :digest
if "%digest%"=="%before%" goto :restored
rem A client that reads it lets it go a moment later.
set /a tried+=1
if %tried% geq 20 (
    echo settings.ini cannot be written 1>&2
    exit /b 74
)
ping -n 2 127.0.0.1 >nul
goto :again
:restored
del /f "%backup%" >nul 2>nul
exit /b 0
