# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Do hosts of several kinds live in one lab?

check "what arm64 hosts stand on is built" lab prepare arm64
check "a lab of several kinds comes up" lab up 1 --light --arm64 2
answers "list names each host's kind" 0 '^h001 10\.99\.0\.2 light up$' lab list
answers "list names the other kind" 0 '^p002 10\.99\.10\.3 arm64 up$' lab list
answers "arm64 hosts run arm64 programs" 0 '^aarch64$' ssh_to admin p001 uname -m
answers "their packages are arm64's" 0 '^arm64$' ssh_to admin p001 dpkg --print-architecture
answers "sudo is root there too" 0 '^0$' ssh_to admin p001 sudo -n id -u
answers "their login shells know it" 0 '^-' ssh_to admin p001 'exec -a -sh sh -c "echo \$0"'
answers "they know their model" 0 'Raspberry Pi 4' on p001 head -c 30 /sys/firmware/devicetree/base/model
answers "the other host does not" 1 'No such file' on h001 cat /sys/firmware/devicetree/base/model
check "they reach each other" on h001 bash -c "exec 3<>/dev/tcp/10.99.10.2/22"
answers "the inventory has a group for the kind" 0 'raspberry:' cat "${JUMPFLEET_LAB_DIR:-/var/lib/jumpfleet-lab}/$name/inventory.yaml"
check "they reboot" lab reboot p001
check "they freeze" lab freeze p001
fails "a frozen one does not answer" ssh_to admin p001 true
check "they thaw" lab thaw p001
check "and answer again" ssh_to admin p001 true
check "they are cut off" lab cut p002
fails "one that is cut off does not answer" ssh_to admin p002 true
check "they are mended" lab mend p002
answers "a host that is not there is refused" 1 'it has h001 to h001, p001 to p002$' lab root p003
check "a lab of several kinds goes down" lab down
answers "a lab of no hosts is refused" 1 '1 to 1000 hosts' lab up 0
