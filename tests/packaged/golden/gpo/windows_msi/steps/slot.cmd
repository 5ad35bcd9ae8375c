@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Waits for this computer's start slot, a second of every 10800, counted from midnight UTC.
rem With `near` it waits until a minute before, with `show` it only tells. It ends with 1 where slot or time cannot be told.
set "window=10800"
set "here=%~dp0"
if not defined slot for /f "usebackq tokens=1,2" %%A in ("%here%..\hosts.txt") do if /i "%%A"=="%COMPUTERNAME%" set "slot=%%B"
if not defined slot call :by_hash
set "number=%slot%"
call :is_number
if not "%ERRORLEVEL%"=="0" goto :untold
:again
call :clock
set "number=%now%"
call :is_number
if not "%ERRORLEVEL%"=="0" goto :untold
set /a late=((now-slot) %% window + window) %% window
set /a left=window-late
rem A start that is later than this could be one too many for its minute, and waits for the next round.
if %late% lss 3 set /a left=0
if "%~1"=="show" echo slot %slot% of %window%, %left% seconds to wait
if "%~1"=="show" exit /b 0
if "%~1"=="near" set /a left-=60
if %left% leq 0 exit /b 0
rem Not longer than a minute at a time, because clocks are set and computers sleep.
set /a nap=left+1
if %left% gtr 60 set /a nap=51
ping -n %nap% 127.0.0.1 >nul
goto :again

rem Whoever started without knowing when would start at the same time as others.
:untold
echo the start slot of %COMPUTERNAME% or the time cannot be told
exit /b 1

:is_number
if not defined number exit /b 1
for /f "eol=0 delims=0123456789" %%X in ("%number%") do if not "%%X"=="" exit /b 1
exit /b 0

rem The seconds since midnight UTC; the bias is that of the present time of the year, in minutes, as 32 bits.
:clock
set "now="
set "clock=%TIME%"
set "bias="
for /f "tokens=3" %%B in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation" /v ActiveTimeBias 2^>nul') do set "bias=%%B"
if not defined bias exit /b 1
set "bias=%bias:"=%"
set "bias=000%bias:~2%"
set /a "west=0x%bias:~-3%"
if %west% gtr 2047 set /a west-=4096
set "hour="
for /f "tokens=1-3 delims=:., " %%A in ("%clock%") do (
    set "hour=0%%A"
    set "minute=0%%B"
    set "second=0%%C"
)
if not defined hour exit /b 1
set /a now=(1%hour:~-2%-100)*3600 + (1%minute:~-2%-100)*60 + 1%second:~-2%-100
if not defined now exit /b 1
set /a now=(now + west*60 + 172800) %% 86400
exit /b 0

rem Nobody knew of this computer: the first seven digits of the SHA-256 of its name decide.
:by_hash
set "name_folder=%TEMP%"
if defined staging set "name_folder=%staging%"
set "name_file=%name_folder%\jumpfleet-name-%RANDOM%.txt"
<nul set /p "=%COMPUTERNAME%" >"%name_file%"
set "digest="
for /f "skip=1 delims=" %%H in ('certutil -hashfile "%name_file%" SHA256') do if not defined digest set "digest=%%H"
del "%name_file%"
if not defined digest exit /b 1
set "digest=%digest: =%"
rem Anything else than 64 hexadecimal digits is some other line.
if "%digest:~63,1%"=="" exit /b 1
if not "%digest:~64%"=="" exit /b 1
for /f "eol=0 delims=0123456789abcdefABCDEF" %%X in ("%digest%") do if not "%%X"=="" exit /b 1
set /a "slot=0x%digest:~0,7% %% window"
exit /b 0
