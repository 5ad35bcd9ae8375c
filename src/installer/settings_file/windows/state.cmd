:state
rem Of what sc says the second value is the state, in any language.
set "type="
set "state="
for /f "tokens=1-3" %%A in ('sc query "%~1" 2^>nul') do if "%%B"==":" call :value "%%C"
exit /b 0
:value
if defined type if not defined state set "state=%~1"
set "type=%~1"
exit /b 0
