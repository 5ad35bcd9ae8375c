:job
cd /d "%staging%"
rem Whatever starts it a second time, it runs once.
if exist %job%.begun exit /b 0
call :work 9>%job%.lock
exit /b 0
:work
>%job%.begun echo %DATE% %TIME%
rem Some hosts are told not to look here for programs.
set "NoDefaultCurrentDirectoryInExePath="
rem A command script waits for programs with windows too (`start /?`).
