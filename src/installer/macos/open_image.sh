if xattr -p com.apple.quarantine "./$file_name" >/dev/null 2>&1 </dev/null; then
    if xattr -d com.apple.quarantine "./$file_name" </dev/null; then
        printf 'the disk image was quarantined: its mark was removed\n'
    else
        printf 'the disk image is quarantined, and its mark cannot be removed\n' >&2
    fi
fi
# What an earlier try left open.
close_image
mkdir -p -- "$volume" || exit
trap close_image EXIT
trap 'exit 143' HUP INT TERM
tries=0
until hdiutil attach "./$file_name" -nobrowse -readonly -noautoopen -mountpoint "$volume" </dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -ge 3 ]; then
        printf 'the disk image cannot be opened\n' >&2
        exit 66
    fi
    sleep 2
done
# The name of the application differs between versions.
sdcust=
for path in "$volume"/*.app/Contents/MacOS/sdcust; do
    if [ -f "$path" ] && [ -x "$path" ]; then sdcust=$path; fi
done
if [ -z "$sdcust" ]; then
    printf 'no application with sdcust is on the disk image\n' >&2
    exit 66
fi
: >install.begun
