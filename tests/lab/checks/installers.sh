# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Do the stand-in installers refuse what the vendor's guide says fails, say why, and leave nothing then?

all=name,jump_group,jump_policy,session_policy,tag,comments,max_offline_minutes
headless=$(build --product bomgar-pec --overrides jump_group,jump_policy,tag)
stage h001 "$headless"
stage h001 "$headless" renamed.bin
stage h001 "$headless" "bomgar-pec-$key (1).bin"
stage h001 "$(build --product bomgar-scc --expires 2020-01-01T00:00:00Z)"
stage h001 "$(build --product bomgar-pec --generic --overrides $all)"
stage h001 "$(build --product bomgar-pec --uid service1 --mode service --overrides $all)"
stage h001 "$(build --product bomgar-pec --uid service2 --mode service --overrides name)"
stage h001 "$(build --product sra-pin --overrides $all)"
stage h001 "$(build --product sra-pin --generic --overrides $all)"

check "an installer carries its key in its name only" bash -c "! grep -q $key '$headless'"
answers "the builder refuses an override that does not exist" 2 "not an override" build --product bomgar-pec --overrides colour

pec() { on h001 sh "/tmp/bomgar-pec-$key.bin" "$@"; }
service() { on h001 sh /tmp/bomgar-pec-service1.bin "$@"; }
pin() { on h001 sh "/tmp/sra-pin-linux_x86_64-$key.bin" "$@"; }
as_plain() { on h001 runuser -u plain -- env HOME=/home/plain "$@"; }
here_=(--user jumpclient --install-dir /opt/jc)

answers "headless: root without --user" 1 "Warning: .*root|--user" pec --install-dir /opt/jc
answers "headless: no folder" 1 "--install-dir is required" pec --user jumpclient
answers "headless: unknown user" 1 "user ghost does not exist" pec --user ghost --install-dir /opt/jc
answers "headless: renamed" 1 "renamed" on h001 sh /tmp/renamed.bin "${here_[@]}"
answers "headless: a browser's second download" 1 "key is not valid" on h001 sh "/tmp/bomgar-pec-$key (1).bin" "${here_[@]}"
answers "headless: wrong key argument" 1 "key is not valid" pec "${here_[@]}" --key-info wrong
answers "headless: expired" 1 "expired" on h001 sh "/tmp/bomgar-scc-$key.bin" "${here_[@]}"
answers "headless: not permitted" 1 "--jc-comments may not be overridden" pec "${here_[@]}" --jc-comments x
answers "headless: --jc-name is unknown to it" 1 "unknown option: --jc-name" pec "${here_[@]}" --jc-name x
answers "headless: --silent is unknown to it" 1 "unknown option: --silent" pec "${here_[@]}" --silent
answers "headless: --option=value is unknown" 1 "unknown option" pec "${here_[@]}" --jc-tag=x
answers "headless: a stray word" 1 "unknown option: stray" pec "${here_[@]}" stray
answers "headless: a missing value" 1 "--jc-tag needs a value" pec "${here_[@]}" --jc-tag
answers "headless: a bare Jump Group" 1 "needs jumpgroup:CODE" pec "${here_[@]}" --jc-jump-group servers
answers "headless: a team" 1 "needs jumpgroup:CODE" pec "${here_[@]}" --jc-jump-group team:servers
answers "headless: a Jump Group without a code" 1 "needs jumpgroup:CODE" pec "${here_[@]}" --jc-jump-group jumpgroup:
answers "headless: a tag of 65 characters" 1 "longer than 64" pec "${here_[@]}" --jc-tag "$(printf '%065d' 0)"
answers "headless: a line feed in a tag" 1 "control characters" pec "${here_[@]}" --jc-tag $'a\nb'
answers "headless: odd characters are still one recorded start" 1 "may not" pec "${here_[@]}" --jc-comments $'a\rb\u2028c'
answers "headless: the folder exists" 1 "/opt already exists" pec --user jumpclient --install-dir /opt
answers "headless: the parent is missing" 1 "/opt/no does not exist" pec --user jumpclient --install-dir /opt/no/jc
answers "headless: the parent is not writable" 1 "/opt cannot be written" \
    as_plain sh "/tmp/bomgar-pec-$key.bin" --install-dir /opt/jc
answers "headless: the user cannot reach the folder" 1 "jumpclient has no rights" \
    pec --user jumpclient --install-dir /root/jc
answers "headless: another user's name without being root" 1 "only root" \
    as_plain sh "/tmp/bomgar-pec-$key.bin" --install-dir /home/plain/jc --user admin
answers "generic: no key" 1 "no --key-info" on h001 sh /tmp/bomgar-pec.bin "${here_[@]}"

answers "service: needs root" 1 "needs root" as_plain sh /tmp/bomgar-pec-service1.bin
answers "service: ephemeral together with minutes" 1 "exclude each other" service --jc-ephemeral --jc-max-offline-minutes 9
answers "service: ephemeral needs the permission for minutes" 1 "--jc-ephemeral may not" \
    on h001 sh /tmp/bomgar-pec-service2.bin --jc-ephemeral
answers "service: minutes need the permission too" 1 "may not be overridden" \
    on h001 sh /tmp/bomgar-pec-service2.bin --jc-max-offline-minutes 9
answers "service: minutes are a number" 1 "needs a number" service --jc-max-offline-minutes soon
answers "service: a name of 129 characters" 1 "longer than 128" service --jc-name "$(printf '%0129d' 0)"
answers "service: comments of 1025 characters" 1 "longer than 1024" service --jc-comments "$(printf '%01025d' 0)"
answers "service: --user is unknown to it" 1 "unknown option: --user" service --user jumpclient

answers "sra-pin: --silent" 1 "unknown option: --silent" pin --silent
answers "sra-pin: --user is unknown to it" 1 "unknown option: --user" pin --user jumpclient
answers "sra-pin: system scope needs root" 1 "needs root" as_plain sh "/tmp/sra-pin-linux_x86_64-$key.bin"
answers "sra-pin: session user without headless" 1 "--session-user goes with" pin --session-user plain
answers "sra-pin: session user in user scope" 1 "--session-user goes with" pin --scope user --headless --session-user plain
answers "sra-pin: unknown session user" 1 "user ghost does not" pin --headless --session-user ghost
answers "sra-pin: systemd where there is none" 1 "no service manager" pin --startup systemd
answers "sra-pin: xdg without a desktop" 1 "needs a desktop" pin --headless --startup xdg
answers "sra-pin: a scope that does not exist" 1 "system or user" pin --scope machine
answers "sra-pin: generic without a key" 1 "no --key-info" on h001 sh /tmp/sra-pin-linux_x86_64.bin --headless
on h001 sh -c 'echo offline=1 >/etc/jump-client-stand-in'
answers "sra-pin: --online-install without the appliance" 1 "cannot be reached" pin --headless --online-install
on h001 sh -c 'echo deny=tag >/etc/jump-client-stand-in'
answers "an appliance that permits less than promised" 1 "--jc-tag may not" pec "${here_[@]}" --jc-tag x
on h001 rm /etc/jump-client-stand-in

answers "no refusal has made anything" 0 "^0$" on h001 sh -c 'ls -A /opt /home/plain | grep -c jc || true'
check "every refusal has a log line" on h001 sh -c '
    lines=$(grep -c "installation failed" /var/log/jump-client-installer.log)
    failed=$(awk "\$4 == 1" /var/lib/jump-client-stand-in/ends | wc -l)
    plain=$(awk "\$4 == 1002" /var/lib/jump-client-stand-in/starts | wc -l)
    [ "$lines" -gt 30 ] && [ "$lines" -ge $((failed - plain)) ]'

# --- What they do when all is well ---

answers "headless: installs and prints a unit" 0 "ExecStart=\"/opt/jc/init-script\" start" pec "${here_[@]}" \
    --jc-tag "it's \"a\" b" --jc-jump-group jumpgroup:servers --jc-jump-policy weekdays
answers "headless: keeps the values it was given" 0 "^jc_tag=it's \"a\" b$" on h001 cat /opt/jc/settings.ini
fails "headless: does not keep the key" on h001 grep -rq "$key" /opt/jc --include=settings.ini
answers "headless: the folder belongs to the user" 0 "^jumpclient$" on h001 stat -c %U /opt/jc
fails "headless: starts nothing by itself" on h001 pgrep -x bomgar-pec
answers "init-script: status of a stopped client" 3 "stopped" on h001 /opt/jc/init-script status
answers "init-script: start" 0 "Starting" on h001 /opt/jc/init-script start
answers "init-script: status of a running client" 0 "running" on h001 /opt/jc/init-script status
answers "init-script: another start is no error" 0 "already" on h001 /opt/jc/init-script start
answers "the client is a process of the user" 0 "^jumpclient$" on h001 sh -c 'ps -o user:16= -p $(pgrep -x bomgar-pec)'
answers "init-script: restart" 0 "Starting" on h001 /opt/jc/init-script restart
answers "init-script: anything else" 2 "usage" on h001 /opt/jc/init-script dance
answers "init-script: a stranger may not" 4 "only root" as_plain /opt/jc/init-script stop
check "init-script: its own user may" on h001 runuser -u jumpclient -- /opt/jc/init-script restart
answers "a second install into the folder" 1 "already exists" pec "${here_[@]}"
answers "uninstall asks, and takes no for an answer" 1 "Do you want to uninstall" on h001 /opt/jc/uninstall
check "and has removed nothing" on h001 pgrep -x bomgar-pec
answers "uninstall on yes" 0 "has been uninstalled" on h001 sh -c 'echo y | /opt/jc/uninstall'
fails "uninstall takes the process and the folder" on h001 sh -c 'pgrep -x bomgar-pec || ls -d /opt/jc'
answers "headless: a tag of 64 characters that take more bytes" 0 "complete" \
    pec "${here_[@]}" --jc-tag "$(printf 'ä%.0s' $(seq 64))"
check "kill of the client shows as stopped" on h001 sh -c '
    /opt/jc/init-script start && pkill -x bomgar-pec; sleep 0.2; /opt/jc/init-script status; [ $? = 3 ]'
on h001 sh -c 'echo y | /opt/jc/uninstall' >/dev/null
check "headless: renamed, with the key as an argument" on h001 sh /tmp/renamed.bin "${here_[@]}" --key-info "$key"
on h001 sh -c 'echo y | /opt/jc/uninstall' >/dev/null
check "headless: as an ordinary user" as_plain sh "/tmp/bomgar-pec-$key.bin" --install-dir /home/plain/jc
check "and started by that user" as_plain /home/plain/jc/init-script start
as_plain sh -c 'echo y | /home/plain/jc/uninstall' >/dev/null
fails "and removed by that user" on h001 sh -c 'pgrep -x bomgar-pec || ls -d /home/plain/jc'

soon=$(build --product bomgar-pec --uid soon --expires "$(date -u -d '+3 seconds' +%FT%TZ)")
stage h001 "$soon"
check "headless: installs shortly before it expires" on h001 sh /tmp/bomgar-pec-soon.bin "${here_[@]}"
sleep 4
answers "a first start after the expiry fails" 1 "expired before the first start" on h001 /opt/jc/init-script start
fails "and the client has uninstalled itself" on h001 ls -d /opt/jc

answers "service: installs without systemd" 0 "complete" service --silent --jc-name "$(printf '%0128d' 0)" --jc-ephemeral \
    --jc-session-policy quiet --jc-comments "two words"
answers "service: into the vendor's folder" 0 "^jc_max_offline_minutes=5$" on h001 cat /opt/bomgar/bomgar-pec-service1/settings.ini
check "service: runs at once" on h001 pgrep -x bomgar-pec
on h001 sh -c 'echo y | sh /opt/bomgar/bomgar-pec-service1/uninstall' >/dev/null

answers "sra-pin: installs and starts" 0 "complete" pin --headless --session-user plain --jc-tag t --jc-max-offline-minutes 60
answers "sra-pin: under the first twelve characters of the key" 0 "^session_user=plain$" \
    on h001 cat "/opt/beyondtrust/sra-pin-${key:0:12}/settings.ini"
check "sra-pin: its process" on h001 pgrep -x sra-pin
on h001 sh -c "echo y | /opt/beyondtrust/sra-pin-${key:0:12}/uninstall" >/dev/null
check "sra-pin: --startup none" on h001 sh /tmp/sra-pin-linux_x86_64.bin --key-info "$key" --headless --startup none --install-dir /opt/pin
fails "sra-pin: then nothing runs" on h001 pgrep -x sra-pin
check "sra-pin: until its init-script starts it" on h001 /opt/pin/init-script start
on h001 sh -c 'echo y | /opt/pin/uninstall' >/dev/null
check "sra-pin: user scope" as_plain sh "/tmp/sra-pin-linux_x86_64-$key.bin" --scope user --headless
check "sra-pin: in that user's home" on h001 test -d "/home/plain/.beyondtrust/sra-pin-${key:0:12}"
answers "sra-pin: help" 0 "--session-user" pin --help

# --- Misbehaviour on request ---

told() {
    on h002 sh -c "printf '$1\n' >/etc/jump-client-stand-in"
}
stage h002 "$headless"
other() { on h002 sh "/tmp/bomgar-pec-$key.bin" "${here_[@]}"; }
told 'exit=7'
answers "told to fail with a code" 7 "could not be completed" other
told 'lie=1'
answers "told to lie" 0 "complete" other
fails "a lie installs nothing" on h002 ls -d /opt/jc
told 'partial=1'
answers "told to stop half way" 1 "was lost" other
answers "which leaves a folder" 1 "already exists" other
on h002 rm -rf /opt/jc
told 'sleep=1\nexit=3'
began=$(date +%s%N)
answers "told to be slow" 3 "" other
check "and was" test $((($(date +%s%N) - began) / 1000000)) -ge 1000
told 'hang=1'
answers "told to hang" 124 "" timeout 2 "$top/scripts/lab" --name "$name" exec h002 timeout -k 1 1 sh "/tmp/bomgar-pec-$key.bin"
on h002 rm /etc/jump-client-stand-in
stage h002 "$(build --product bomgar-pec --uid baked --exit 9)"
answers "told so when it was built" 9 "" on h002 sh /tmp/bomgar-pec-baked.bin
told 'dies=1'
check "a client that dies at once is installed" other
check "its start claims success" on h002 /opt/jc/init-script start
answers "and its status says no" 3 "stopped" on h002 /opt/jc/init-script status

# --- Records ---

answers "a start is one line: host, uptime, time, pid, uid, arguments" 0 \
    "^h001 [0-9]+\.[0-9]{2} [0-9]{10}\.[0-9]{9} [0-9]+ 0 --user jumpclient --install-dir /opt/jc --jc-tag 'it'\\\\''s \"a\" b'" lab starts
answers "a line feed in an argument does not make two lines" 0 " --jc-tag 'a\?b'$" lab starts
check "starts are merged in order" bash -c "'$top/scripts/lab' --name $name starts | awk '{ print \$2 }' | sort -nc"
check "starts of all hosts are there" test "$(lab starts | awk '{ print $1 }' | sort -u | wc -l)" -eq 2
check "every start has its end" test "$(lab starts | wc -l)" -eq \
    "$(for host in h001 h002; do on $host cat /var/lib/jump-client-stand-in/ends; done | wc -l)"
