# The client's launch daemons, each on a line.
client_daemons() {
    for path in /Library/LaunchDaemons/com.bomgar.bomgar-*.plist /Library/LaunchDaemons/com.beyondtrust.*jump*.plist \
        /Library/LaunchDaemons/com.beyondtrust.sra-*.plist; do
        if [ -e "$path" ]; then printf '%s\n' "$path"; fi
    done
}
