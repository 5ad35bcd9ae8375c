:state
rem Of what sc says the second value is the state, in any language.
set "type="
set "state="
for /f "tokens=1-3" %%A in ('sc query "%service%" 2^>nul') do (
    if "%%B"==":" if defined type if not defined state set "state=%%C"
    if "%%B"==":" set "type=%%C"
)
exit /b 0
