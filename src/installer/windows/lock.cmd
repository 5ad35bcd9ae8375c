
:is_at_work
set "place=%staging%"
:is_at_work_there
rem The job holds the file open as long as it lives, and what is open cannot be deleted.
set "at_work="
if exist "%place%\%job%.lock" del "%place%\%job%.lock" >nul 2>nul
if exist "%place%\%job%.lock" set "at_work=yes"
exit /b 0
