# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Does a host that passes for a Mac refuse what a Mac refuses, and are its disk images real?

check "three Macs come up" lab up 0 --mac 3
answers "a Mac says what it is" 0 "^Darwin arm64 14\." on m001 sh -c 'echo $(uname -s) $(uname -m) $(sw_vers -productVersion)'
answers "no long option" 64 "llegal option" on m001 ls --color /
answers "no option of GNU's" 64 "llegal option" on m001 date -d tomorrow
answers "no option behind an operand" 2 "cannot access '-l'" on m001 ls / -l
fails "no program of Linux's" on m001 sh -c 'command -v setsid || command -v flock || command -v systemctl || ls /proc/1'
answers "admin is root by sudo" 0 "^0$" ssh_to admin m001 sudo -n id -u
answers "without a terminal ps cuts its lines" 0 "^79$" \
    on m001 sh -c 'sh -c "sleep 1; : xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" &
        sleep 0.2; ps -A -o pid= -o command= | { IFS=; while read -r line; do echo ${#line}; done; } | sort -n | tail -n 1'
fails "profiles are root's to see" ssh_to admin m001 profiles show -all -output stdout-xml
answers "profiles of the device management" 0 "<string>com.bomgar.bomgar-pec</string>" \
    on m001 profiles show -all -output stdout-xml

image=$(build --product bomgar-pec --mode mac --overrides tag)
check "dmg2img reads the image" dmg2img -s "$image" "$work/raw"
answers "7-Zip reads the image" 0 "Open To Start Support Session.app/Contents/MacOS/sdcust" 7z l "$image"
stage m001 "$image"
stage m001 "$image" renamed.dmg
stage m002 "$image"
stage m003 "$image"
dmg=/tmp/${image##*/}
app="/tmp/v/Open To Start Support Session.app/Contents/MacOS/sdcust"
for one in m001 m002 m003; do on $one mkdir /tmp/v; done
attach() { on "$1" hdiutil attach "$2" -nobrowse -readonly -noautoopen -mountpoint /tmp/v; }
detach() { on "$1" hdiutil detach /tmp/v; }

answers "an option that hdiutil does not have" 1 "unrecognized option" on m001 hdiutil attach "$dmg" --mountpoint /tmp/v
answers "a file that is no image" 1 "not recognized" attach m001 /etc/hosts
answers "an image is attached" 0 "/tmp/v" attach m001 "$dmg"
answers "not twice at one place" 1 "Resource busy" attach m001 "$dmg"
answers "nothing is written to it" 1 "Read-only" on m001 touch /tmp/v/x
answers "not as a user" 1 "installed by root" ssh_to plain m001 "'$app'" --silent
answers "not without --silent" 1 "no window" on m001 "$app"
answers "not with an unknown option" 1 "unknown option" on m001 "$app" --silent --install-dir /opt/x
answers "not with an override that is not permitted" 1 "may not be overridden" on m001 "$app" --silent --jc-comments x
answers "a busy image is not detached" 16 "Resource busy" on m001 sh -c 'cd /tmp/v && hdiutil detach /tmp/v'
check "an idle image is" detach m001
answers "not twice" 1 "No such file" detach m001
check "a renamed image is attached" attach m001 /tmp/renamed.dmg
answers "and refused" 1 "renamed" on m001 "$app" --silent
check "an image is detached by force" on m001 sh -c 'cd /tmp/v && hdiutil detach /tmp/v -force'
check "a quarantined image is attached" on m001 sh -c "xattr -w com.apple.quarantine 0081 '$dmg' &&
    hdiutil attach '$dmg' -mountpoint /tmp/v"
answers "and refused" 1 "quarantined" on m001 "$app" --silent
check "its mark goes" on m001 sh -c "hdiutil detach /tmp/v && xattr -d com.apple.quarantine '$dmg'"
answers "and is gone" 1 "No such xattr" on m001 xattr -d com.apple.quarantine "$dmg"

check "an installer ends at once" on m002 sh -c "hdiutil attach '$dmg' -mountpoint /tmp/v && '$app' --silent --jc-tag x"
fails "and its client is not there yet" on m002 sh -c 'ls -d /Applications/.com.bomgar.*'
answers "it reads from the image" 16 "Resource busy" detach m002
check "until its client is there" on m002 sh -c 'for _ in 1 2 3 4 5 6 7 8 9; do
    if ps -A -ww -o pid= -o command= | grep -q "^ *[0-9]* /bin/sh /App.*sdcust -pinned drone"; then exit 0; fi; sleep 0.5; done; exit 1'
check "a second one is refused" bash -c "! $top/scripts/lab --name $name exec m002 '$app' --silent"
check "the image can go" detach m002
answers "launchd holds it" 0 "running" on m002 sh -c 'cd /Library/LaunchDaemons && set -- *-ps-????????????.plist && launchctl print "system/${1%.plist}"'
check "its removal" on m002 sh -c '/Applications/.com.bomgar.*/*.app/Contents/MacOS/sdcust -uninstall silent'
fails "leaves no client" on m002 sh -c 'ls -d /Applications/.com.bomgar.* || ps -A -ww -o pid= -o command= | grep "[-]pinned"'

check "an image that is taken away too early" on m003 sh -c "hdiutil attach '$dmg' -mountpoint /tmp/v && '$app' --silent &&
    hdiutil detach /tmp/v -force; sleep 3"
fails "leaves no whole client" on m003 sh -c 'ls /Library/LaunchDaemons | grep .'
check "the Macs go" lab down
