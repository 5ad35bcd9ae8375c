for path in /Library/LaunchDaemons/com.bomgar.bomgar-ps-*.plist; do
    [ -e "$path" ] || continue
    name=${path##*/}
    launchctl bootout "system/${name%.plist}" 2>/dev/null </dev/null
    rm -f -- "$path" || exit
done
