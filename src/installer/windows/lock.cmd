
:is_at_work
rem The job holds the file open as long as it lives, and what is open cannot be deleted.
set "at_work="
if exist "%~1\%job%.lock" del "%~1\%job%.lock" >nul 2>nul
if exist "%~1\%job%.lock" set "at_work=yes"
exit /b 0
