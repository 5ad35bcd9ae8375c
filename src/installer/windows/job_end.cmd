set "status=%ERRORLEVEL%"
rem The log of a failure is read and removed by whoever asks for its end; it may hold the key.
for %%S in (0 1641 3010) do if "%status%"=="%%S" if exist "%staging%\install.log" del "%staging%\install.log"
>"%staging%\%job%.new" echo %status%
move /y "%staging%\%job%.new" "%staging%\%job%.rc" >nul
exit /b 0
