# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Do Windows hosts, their SSH server, their small tools and their installers behave as Windows is known to?

check "what Windows hosts stand on is built" lab prepare windows
check "three Windows hosts come up" lab up 0 --windows 3
answers "list names their kind" 0 '^w003 10\.99\.30\.4 windows up$' lab list
folder=${JUMPFLEET_LAB_DIR:-/var/lib/jumpfleet-lab}/$name
answers "the inventory has a group for them" 0 'windows:' cat "$folder/inventory.yaml"

access=(-i "$folder/id_ed25519" -o UserKnownHostsFile="$folder/known_hosts" -o BatchMode=yes -o ConnectTimeout=4)
win() { lab run ssh "${access[@]}" Administrator@10.99.30.2 "$@"; }
shell() { lab run ssh "${access[@]}" Administrator@10.99.30.3 "$@"; }
operator() { lab run ssh "${access[@]}" OPERATOR@10.99.30.2 "$@"; }
third() { lab run ssh "${access[@]}" Administrator@10.99.30.4 "$@"; }
sftp_do() {
    printf '%s\n' "$@" >"$work/batch"
    lab run sftp -q "${access[@]}" -b "$work/batch" Administrator@10.99.30.2
}

# Programs are lost now and then where chance says where their memory lies.
personalities() {
    local exe proc
    proc=$(lab root w001)
    for exe in "${proc%/prefix/*}"/proc/[0-9]*/exe; do
        case $(readlink "$exe") in
        */wine64) cat "${exe%/exe}/personality" ;;
        esac
    done | sort -u | paste -sd ' '
}
answers "no Windows program lies in memory as chance wills" 0 '^00040000$' personalities

# --- The SSH server ---

answers "they greet as Windows does" 0 '^SSH-2.0-OpenSSH_for_Windows' \
    lab run bash -c 'exec 3<>/dev/tcp/10.99.30.2/22; head -n 1 <&3'
answers "cmd.exe is the shell" 0 '^W001' win 'echo %COMPUTERNAME%'
answers "each is a computer of its own" 0 '^W003' third 'echo %COMPUTERNAME%'
answers "accounts have names in any case" 0 'w001.operator' operator whoami
answers "a status goes through" 7 '^$' win 'exit 7'
win 'start /b ping -n 60 127.0.0.1 >nul'
answers "what is left behind ends with the command" 0 'No tasks are running' win 'tasklist /fi "imagename eq ping.exe"'
# lose OPTION...: a command whose connection is lost after two seconds.
lose() {
    timeout 2 "$top/scripts/lab" --name "$name" run ssh "${access[@]}" "$@" Administrator@10.99.30.2 'ping -n 60 127.0.0.1' \
        >/dev/null 2>&1 </dev/null
}
lose -T
answers "without a terminal a command outlives its connection" 0 '^ping.exe' win 'tasklist /nh /fi "imagename eq ping.exe"'
check "taskkill ends it" win 'taskkill /f /im ping.exe'
lose -tt
answers "with a terminal it ends" 0 '^INFO' win 'tasklist /nh /fi "imagename eq ping.exe"'
answers "a code page can be chosen" 0 'ä' win 'chcp 65001 >nul & echo ä'
answers "SFTP takes Windows' paths in any case" 0 '^/c:/WINDOWS/Win\.ini' sftp_do 'ls /c:/WINDOWS/Win.ini'
answers "relative ones begin in the account's folder" 0 '/C:/Users/Administrator' sftp_do pwd
fails "no name has a colon in it" sftp_do 'put /etc/hostname /C:/a:b'

check "the registry says which shell" lab exec w002 reg add 'HKLM\SOFTWARE\OpenSSH' /v DefaultShell /f \
    /d 'C:\windows\System32\WindowsPowerShell\v1.0\powershell.exe'
printf '@echo ran %%1\r\n@exit /b 7\r\n' >"$(lab root w002)/run me.cmd"
answers "PowerShell runs a quoted file as cmd.exe does; of the status it says 0 or 1" 1 '^ran' \
    shell 'cmd.exe /d /c "C:\run me.cmd"'
answers "a line that begins with a quote is a value to it" 0 '^C:.run me.cmd' shell '"C:\run me.cmd"'
answers "it refuses &&" 1 "'&&' is not a valid" shell 'hostname && hostname'
answers "it reads variables of its own" 0 '^Windows_NT -.?$' shell 'cmd.exe /d /c echo %OS% -$nothing'
answers "what it cannot read fails" 1 "cannot read|understands" shell 'cmd.exe /c (Get-Date)'

# --- The small tools ---

answers "tasklist finds nothing" 0 '^INFO: No tasks are running which match the specified criteria' \
    win 'tasklist /fi "imagename eq none.exe"'
answers "tasklist lists as csv" 0 '^"services.exe","[0-9]+","Services","0","[0-9,]+ K"' \
    win 'tasklist /nh /fo csv /fi "imagename eq services.exe"'
answers "taskkill finds nothing" 128 '^ERROR: The process "none.exe" not found' win 'taskkill /f /im none.exe'
answers "sc knows no such service" 36 'FAILED 1060:' win 'sc query none'
answers "sc shows a state" 0 'STATE              : 4  RUNNING' win 'sc query PlugPlay'
answers "netstat shows the session itself, and no process for it" 0 \
    '^  TCP    10.99.30.2:22 +10.99.255.254:[0-9]+ +ESTABLISHED +0' win 'netstat -ano'
fails "netstat takes no other words" win 'netstat -b'
answers "certutil prints a digest" 0 "^$(sha256sum <"$(lab root w001)/windows/win.ini" | cut -c1-64)" \
    win 'certutil -hashfile C:\windows\win.ini SHA256'
answers "fltMC is for administrators" 5 'Access is denied' operator fltMC
answers "icacls knows the accounts" 0 'processed 1 files' win 'icacls C:\windows /grant:r "W001\operator:(OI)(CI)F" *S-1-5-18:F'
answers "icacls knows no others" 52 'No mapping' win 'icacls C:\windows /grant nobody:F'
answers "what is not there says so" 1 'have no wevtutil' win 'wevtutil qe Application'

# --- The installers ---

make() {
    "$top/tests/stand_in/build_windows" --uid "$key" --expires "$tomorrow" --site pra.example.org --out "$work/windows" "$@"
}
for kind in "msi --product bomgar-pec" "exe --product bomgar-pec" "msi --product sra-pin --bits 32"; do
    # shellcheck disable=SC2086 # words, not one
    cp "$(make --overrides tag --kind $kind)" "$(lab root w001)"
done
cp "$(make --kind msi --product bomgar-scc --expires 2020-01-01T00:00:00Z)" "$(lab root w001)"
will() { printf '%s\n' "$@" >"$(lab root w001)/ProgramData/jump-client-stand-in.txt"; }
# full LINE: the status in all its bits, of which ssh would show eight.
full() { win "cmd /v:on /c \"$1 & echo status !errorlevel! & exit 0\""; }
msi() { full "msiexec /i C:\\bomgar-pec-win64.msi /quiet /norestart /l*v C:\\i.log $*"; }
log() { iconv -f utf-16 -t utf-8 "$(lab root w001)/i.log"; }
clients() { win 'tasklist /nh /fi "imagename eq bomgar-pec.exe"'; }
remove() {
    win 'for /f "tokens=7 delims=\" %A in ('"'reg query HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall'"') do msiexec /x %A /qn'
}

answers "MSI: no key" 0 '^status 1603' msi
answers "MSI: the log says why, in UTF-16" 0 'KEY_INFO is missing' log
answers "MSI: the log says where" 0 'LaunchConditions. Return value 3' log
answers "MSI: wrong key" 0 '^status 1603' msi KEY_INFO=wrong
answers "MSI: not permitted" 0 '^status 1603' msi "KEY_INFO=$key JC_COMMENTS=x"
answers "MSI: the log names the property" 0 'jc_comments may not be overridden' log
answers "MSI: the directory exists" 0 '^status 1603' msi "KEY_INFO=$key INSTALLDIR=C:\\windows"
answers "MSI: expired" 0 '^status 1603' full "msiexec /i C:\\bomgar-scc-win64.msi /quiet KEY_INFO=$key"
answers "MSI: no administrator" 67 '' operator "msiexec /i C:\\bomgar-pec-win64.msi /quiet KEY_INFO=$key"
answers "msiexec: no package" 0 '^status 1619' full 'msiexec /i C:\none.msi /quiet'
answers "msiexec: no MSI" 0 '^status 1620' full 'msiexec /i C:\windows\win.ini /quiet'
answers "msiexec: an option it has not" 0 '^status 1639' msi /fast
answers "msiexec: a property all in quotes" 103 '' win 'msiexec /i C:\bomgar-pec-win64.msi /quiet "JC_TAG=a b"'
answers "msiexec: a product that is not there" 0 '^status 1605' full 'msiexec /x {11111111-1111-1111-1111-111111111111} /qn'
answers "no refusal has left a client" 0 '^INFO' clients
answers "each start is recorded" 0 '^w001 .* /i C:.bomgar-pec-win64.msi .* JC_COMMENTS=x' lab starts

rm "$(lab root w001)/ProgramData/jump-client-stand-in/starts"
will busy=1 after=3010
answers "MSI: another installation runs" 0 '^status 1618' msi "KEY_INFO=$key"
answers "MSI: done, a restart is needed" 0 '^status 3010' msi "KEY_INFO=$key jc_tag=blue"
answers "a client runs" 0 '^bomgar-pec.exe' clients
answers "its settings are there" 0 'jc_tag=blue' bash -c "cat $(lab root w001)/ProgramData/bomgar-pec-0x*/settings.ini"
answers "the site is in the uninstall entry" 0 'Jump Client \[pra.example.org\]' \
    win 'reg query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall /s /v DisplayName'
check "reboot" lab reboot w001
answers "the service starts again by itself" 0 '^bomgar-pec.exe' clients
check "MSI: uninstall" remove
answers "no client runs" 0 '^INFO' clients
fails "and nothing of it is left" bash -c "ls -d $(lab root w001)/ProgramData/bomgar-*"
will orphan=3 dies=1
answers "MSI: 0 and nothing done" 0 '^status 0' msi "KEY_INFO=$key"
answers "no client runs then" 0 '^INFO' clients
will partial=1
answers "MSI: half done" 0 '^status 1603' msi "KEY_INFO=$key INSTALLDIR=C:\\Half"
check "the directory stays" test -d "$(lab root w001)/Half"
will none=1
answers "MSI: for 32 bits, the key in its name" 0 '^status 0' full "msiexec /i C:\\sra-pin-win_x86-$key.msi /quiet"
answers "is in the other view of the registry" 0 'Jump Client \[pra.example.org\]' \
    win 'reg query HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall /s /v DisplayName'
answers "EXE: renamed" 1 '' win "copy C:\\bomgar-pec-$key.exe C:\\renamed.exe >nul & C:\\renamed.exe --silent"
answers "EXE: not permitted" 1 '' win "C:\\bomgar-pec-$key.exe --silent --jc-name x"
check "EXE: installs" win "C:\\bomgar-pec-$key.exe --silent --install-dir C:\\JC --jc-tag x"
answers "EXE: runs" 0 '^bomgar-pec.exe' clients
check "EXE: uninstalls" win 'C:\JC\bomgar-pec.exe -uninstall silent'
fails "EXE: nothing is left" test -e "$(lab root w001)/JC"

win 'shutdown /r /t 0' >/dev/null
for _ in $(seq 100); do
    win 'if exist L:\shutdown exit 1' >/dev/null 2>&1 && break
    sleep 0.1
done
check "shutdown /r is a reboot" win ver
check "freeze" lab freeze w001
fails "a frozen one does not answer" win ver
check "thaw" lab thaw w001
check "a thawed one answers" win ver

kill -9 "$(cut -d' ' -f1 "$folder/keeper.pid")"
sleep 1
fails "with the lab's keeper killed nothing of them runs" grep -ls -- "$folder/" /proc/[0-9]*/mountinfo
check "Windows hosts go down" lab down
fails "and leave nothing" ls -d "$folder" "/run/netns/jumpfleet-$name"
