
:entries
rem Says `:entry` for each entry that programs are uninstalled by, with its name, what stands before a `[` in it, its key and its view.
set "uninstall=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
rem Both views: a 32-bit package on 64-bit Windows registers in the other one. A 32-bit Windows has one, and shows it twice.
set "views=64 32"
if "%PROCESSOR_ARCHITECTURE%%PROCESSOR_ARCHITEW6432%"=="x86" set "views=64"
set "key="
rem What others are called may hold anything, so a loop's variables are compared and set, and handed to nobody.
for %%V in (%views%) do for /f "tokens=1,2*" %%A in ('reg query "%uninstall%" /s /v DisplayName /reg:%%V 2^>nul') do (
    set "view=%%V"
    set "name=%%C"
    if "%%A"=="DisplayName" call :read_entry
    if not "%%A"=="DisplayName" set "key=%%A"
    if not "%%A"=="DisplayName" if not "%%B"=="" set "key=%%A %%B"
    if not "%%A"=="DisplayName" if not "%%C"=="" set "key=%%A %%B %%C"
)
exit /b 0
:read_entry
if defined key set "key=%key:"=%"
if defined name set "name=%name:"=%"
if not defined name exit /b 0
set "called="
for /f "tokens=1 delims=[" %%P in ("%name%") do set "called=%%P"
goto :entry
