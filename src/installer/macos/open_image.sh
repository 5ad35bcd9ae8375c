volume=$staging/volume
# Fails where the attribute is absent, which is as well.
xattr -d com.apple.quarantine "./$file_name" 2>/dev/null
close_image() {
    tries=0
    while ! hdiutil detach "$volume" -quiet && [ "$tries" -lt 5 ]; do
        sleep 2
        tries=$((tries + 1))
    done
    [ "$tries" -lt 5 ] || hdiutil detach "$volume" -force -quiet
}
mkdir -p -- "$volume" || exit
hdiutil attach "./$file_name" -nobrowse -readonly -noautoopen -quiet -mountpoint "$volume" || exit
trap close_image EXIT
# The name of the application differs between versions.
sdcust=
for path in "$volume"/*.app/Contents/MacOS/sdcust; do
    if [ -x "$path" ]; then sdcust=$path; fi
done
if [ -z "$sdcust" ]; then
    printf 'no application with sdcust is on the disk image\n' >&2
    exit 66
fi
