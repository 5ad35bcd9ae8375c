# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Is a systemd host a machine that boots, and do the clients that should survive a reboot survive it?

check "the light fleet goes" lab down
check "two systemd hosts come up" lab up 2
answers "PID 1 is systemd" 0 "^systemd$" ssh_to admin h001 cat /proc/1/comm
answers "it has finished booting" 0 "^running$" on h001 systemctl is-system-running
answers "the default limit of unfinished logins stands" 0 "^maxstartups 10:30:100$" on h001 sshd -T
answers "each host has its own groups of processes" 0 "^active$" on h002 systemctl is-active ssh

boot_of() { ssh_to admin "$1" cat /proc/sys/kernel/random/boot_id; }
stage h001 "$(build --product bomgar-pec --uid service1 --mode service --overrides name,tag)"
stage h001 "$(build --product bomgar-pec --uid head1 --overrides tag)"
stage h001 "$(build --product sra-pin --overrides tag)"

check "service: installs" on h001 sh /tmp/bomgar-pec-service1.bin --jc-name web1
answers "service: its unit is enabled" 0 "^enabled$" on h001 systemctl is-enabled bomgar-pec-service1.service
answers "service: its unit is active" 0 "^active$" on h001 systemctl is-active bomgar-pec-service1.service
on h001 sh /tmp/bomgar-pec-head1.bin --user jumpclient --install-dir /opt/jc >"$work/printed"
sed -n '/^\[Unit\]/,/^WantedBy=/p' "$work/printed" >"$(lab root h001)/etc/systemd/system/self-made.service"
answers "headless: the printed unit is a valid one" 0 "^$" on h001 systemd-analyze verify /etc/systemd/system/self-made.service
check "headless: and works" on h001 sh -c 'systemctl daemon-reload && systemctl enable --quiet --now self-made.service'
check "headless: with the client as its process" on h001 sh -c \
    'systemctl show --property=MainPID --value self-made | grep -qx "$(pgrep -u jumpclient -x bomgar-pec)"'
check "sra-pin: installs" on h001 sh "/tmp/sra-pin-linux_x86_64-$key.bin" --headless
answers "sra-pin: its unit is named after its folder" 0 "^active$" on h001 systemctl is-active "sra-pin-${key:0:12}.service"
check "sra-pin: --startup none makes no unit" on h001 sh -c \
    "sh /tmp/sra-pin-linux_x86_64-$key.bin --headless --startup none --install-dir /opt/idle && [ ! -e /etc/systemd/system/idle.service ]"
fails "sra-pin: a refusal in a systemd host" on h001 sh "/tmp/sra-pin-linux_x86_64-$key.bin" --silent
answers "sra-pin: is in the journal" 0 "installation failed: unknown option: --silent" on h001 journalctl -t jump-client-installer

before=$(boot_of h001)
check "reboot" lab reboot h001
fails "is a new boot" test "$(boot_of h001)" = "$before"
answers "the service and the self-made unit survive it" 0 "^2$" on h001 pgrep -cx bomgar-pec
check "sra-pin survives it" on h001 pgrep -x sra-pin
answers "the files survive it" 0 "jc_name=web1" on h001 cat /opt/bomgar/bomgar-pec-service1/settings.ini
before=$(boot_of h001)
ssh_to admin h001 sudo reboot >/dev/null 2>&1
for _ in $(seq 50); do
    now=$(boot_of h001 2>/dev/null)
    [ -z "$now" ] || [ "$now" = "$before" ] || break
    sleep 0.2
done
fails "a reboot from inside works too" test "${now:-$before}" = "$before"
on h002 systemctl poweroff
for _ in $(seq 50); do
    lab list | grep -q "^h002 .* down$" && break
    sleep 0.2
done
answers "a host that was powered off stays down" 0 "^h002 .* down$" lab list
answers "and says so" 1 "not running" on h002 true
check "until it is started" lab reboot h002
check "then it answers" ssh_to admin h002 true

on h001 sh -c 'echo y | /opt/jc/uninstall' >/dev/null
check "uninstall leaves a unit that somebody else wrote" on h001 test -e /etc/systemd/system/self-made.service
on h001 sh -c 'echo y | sh /opt/bomgar/bomgar-pec-service1/uninstall' >/dev/null
fails "uninstall takes its own unit" on h001 sh -c 'ls /etc/systemd/system/bomgar-pec-service1.service || pgrep -x bomgar-pec'
check "freeze and thaw" bash -c "'$top/scripts/lab' --name $name freeze h001 && '$top/scripts/lab' --name $name thaw h001"
check "a thawed host answers" ssh_to admin h001 true
