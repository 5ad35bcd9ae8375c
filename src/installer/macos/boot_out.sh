boot_out() {
    name=${2##*/}
    launchctl bootout "$1/${name%.plist}" 2>/dev/null </dev/null
    rm -f -- "$2" || exit
}
while IFS= read -r path; do
    if [ -n "$path" ]; then boot_out system "$path"; fi
done <<LIST
$(client_daemons)
LIST
# An agent lives in the session of whoever sits at the Mac.
seat=$(stat -f %u /dev/console 2>/dev/null </dev/null)
for path in /Library/LaunchAgents/com.bomgar.bomgar-*.plist; do
    if [ -e "$path" ]; then boot_out "gui/${seat:-0}" "$path"; fi
done
