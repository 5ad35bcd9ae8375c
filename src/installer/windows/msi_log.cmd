if "%status%"=="0" goto :told
if not exist install.log goto :told
rem `type` turns the log's UTF-16 into text. It lists every property, so the key must not pass.
type install.log 2>nul | %find% /v "KEY_INFO" >install.txt
set "failed="
for /f "delims=[]" %%N in ('type install.txt ^| %find% /n "Return value 3"') do if not defined failed set "failed=%%N"
if not defined failed goto :told
set /a first=failed-12
set /a last=failed+2
for /f "tokens=1* delims=[]" %%A in ('type install.txt ^| %find% /n /v ""') do if %%A geq %first% if %%A leq %last% echo.%%B
:told
if exist install.log del install.log
if exist install.txt del install.txt
