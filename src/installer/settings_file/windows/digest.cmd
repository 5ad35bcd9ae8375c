:digest
set "digest="
rem The second line is the digest; older versions put a blank between its bytes.
for /f "skip=1 delims=" %%H in ('certutil -hashfile "%of%" SHA256 2^>nul') do if not defined digest set "digest=%%H"
if defined digest set "digest=%digest: =%"
exit /b 0
