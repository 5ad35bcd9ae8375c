# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Is a light host a host: its own address, files, processes, accounts and SSH server?

check "three light hosts come up" lab up 3 --light
answers "a second up is refused" 1 "already up" lab up 1 --light
answers "list names address, kind and state" 0 "^h003 10\.99\.0\.4 light up$" lab list
folder=${JUMPFLEET_LAB_DIR:-/var/lib/jumpfleet-lab}/$name
answers "the inventory lists the fleet" 0 "h001: \{ansible_host: 10\.99\.0\.2\}" cat "$folder/inventory.yaml"
check "known_hosts has each host's own key" test "$(awk '{ print $3 }' "$folder/known_hosts" | sort -u | wc -l)" -eq 3

answers "admin logs in by key and is root without a password" 0 "^0$" ssh_to admin h001 sudo -n id -u
fails "plain has no sudo" ssh_to plain h001 sudo -n true
answers "root logs in by key" 0 "^h002$" ssh_to root h002 hostname
answers "sudo knows its host's name" 0 "^$" ssh_to admin h003 sudo -n true
answers "operator's password opens sudo" 0 "^0$" \
    ssh_to operator h001 'echo operator-Pass1 | sudo -S -p "" id -u 2>/dev/null'
answers "the service user cannot log in" 255 "denied" ssh_to jumpclient h001 true
answers "password login is offered" 255 "publickey,password\)" ssh_to nobody h001 true
printf '#!/bin/sh\necho operator-Pass1\n' >"$work/password"
chmod +x "$work/password"
answers "operator logs in by password" 0 "^operator$" lab run env SSH_ASKPASS="$work/password" SSH_ASKPASS_REQUIRE=force \
    ssh -o UserKnownHostsFile="$folder/known_hosts" -o PreferredAuthentications=password operator@10.99.0.3 id -un
answers "exec passes the exit status" 7 "" on h001 sh -c 'exit 7'
check "exec passes stdin" test "$(echo hello | on h001 cat)" = hello
answers "exec passes arguments untouched" 0 "^a  b;c$" on h001 echo 'a  b;c'
answers "run keeps the folder" 0 "^/usr/lib$" env -C /usr/lib "$top/scripts/lab" --name "$name" run pwd
answers "run keeps the environment" 0 "^seen$" env MARK=seen "$top/scripts/lab" --name "$name" run sh -c 'echo $MARK'
answers "run passes the exit status" 9 "" lab run sh -c 'exit 9'
answers "run tells an unknown command" 127 "No such file" lab run no-such-command
answers "run becomes the command, so that it gets the signals" 143 "" sh -c \
    "'$top/scripts/lab' --name $name run sleep 60 & sleep 0.5; kill \$!; wait \$!"
fails "the hosts cannot be reached from outside the lab" ssh -i "$folder/id_ed25519" -o BatchMode=yes \
    -o UserKnownHostsFile="$folder/known_hosts" -o StrictHostKeyChecking=yes -o ConnectTimeout=2 admin@10.99.0.2 true
fails "the machine's own network knows no address of the lab" sh -c '{ ip address; ip route; } | grep -F 10.99.'

echo only-h001 >"$(lab root h001)/etc/only"
answers "root shows the host's files, writable" 0 "^only-h001$" on h001 cat /etc/only
fails "files are the host's own" on h002 cat /etc/only
fails "processes are the host's own" on h002 sh -c '[ $(ps -e | wc -l) -gt 20 ]'
answers "hosts reach each other" 0 "SSH-2.0" on h001 timeout 5 bash -c 'exec 3<>/dev/tcp/10.99.0.4/22; head -1 <&3'
check "orphans are buried" on h001 sh -c '(sh -c "sleep 0.1 & exec true" &); sleep 0.5; ! ps -e | grep -q defunct'
check "a dead sshd does not end the host" on h003 sh -c 'pkill -x sshd; sleep 0.2; /usr/sbin/sshd'
answers "Ansible's modules find the Python library they need" 0 "^ok$" on h001 python3 -c 'import json, zipfile; print("ok")'

check "a lab of another name comes up beside it" "$top/scripts/lab" --name "$name-b" up 1 --light
answers "with hosts of its own at the same addresses" 1 "" cmp "$folder/known_hosts" "$folder-b/known_hosts"
check "and goes without touching the first" "$top/scripts/lab" --name "$name-b" down
check "which still answers" ssh_to admin h001 true

check "cut" lab cut h001
answers "a cut host does not answer" 255 "timed out|No route" ssh_to admin h001 true
answers "list shows the cut" 0 "^h001 .* up,cut$" lab list
check "mend" lab mend h001
check "a mended host answers" ssh_to admin h001 true
check "freeze" lab freeze h001
answers "a frozen host takes the connection and says nothing" 255 "timed out" ssh_to admin h001 true
answers "list shows the frost" 0 "^h001 .* up,frozen$" lab list
check "thaw" lab thaw h001
check "a thawed host answers" ssh_to admin h001 true
check "a light host comes back after a reboot" lab reboot h002
check "and answers" ssh_to admin h002 true
answers "root without the right to make hosts is told so" 1 "does not let root make hosts" \
    setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$top/scripts/lab" --name "$name-b" up 1 --light
answers "an unknown host is refused" 1 "has no host" lab exec h999 true

# The fallback is shown inside a light host: it has an SSH server, and somebody who is not root.
mkdir -p "$(lab root h003)/srv/tests"
cp -r "$top/scripts" "$(lab root h003)/srv/"
cp -r "$top/tests/lab" "$(lab root h003)/srv/tests/"
plainly() { on h003 runuser -u plain -- env HOME=/home/plain PATH=/usr/bin:/bin /srv/scripts/lab "$@"; }
answers "who is not root gets a fleet on loopback and is told what it does not show" 0 "Not shown" plainly up 2
answers "it lists" 0 "^h002 127\.0\.1\.3 loopback up$" plainly list
answers "its SSH server lets that user in" 0 "^plain$" plainly run sh -c '
    lab=$HOME/.local/state/jumpfleet-lab/lab
    port=$(sed -n "s/.*ansible_port: \([0-9]*\).*/\1/p" "$lab/inventory.yaml" | head -1)
    ssh -i "$lab/id_ed25519" -o UserKnownHostsFile="$lab/known_hosts" -o StrictHostKeyChecking=yes -p "$port" 127.0.1.2 id -un'
answers "it refuses what it cannot do" 1 "only root" plainly reboot h001
check "it goes down" plainly down
fails "and leaves nothing" on h003 sh -c 'pgrep -u plain || ls -d /home/plain/.local/state/jumpfleet-lab'
answers "needs tells who is not root what to run" 1 "^sudo apt-get install .* no-such-package$" \
    on h003 runuser -u plain -- /srv/scripts/needs dash no-such-package
