# A program of that name would show what it writes to everybody.
if [ "$(command -v printf)" != printf ]; then
    echo "the host's sh cannot write a secret without showing it" >&2
    exit 69
fi
umask 077
cd -P -- "$directory" || exit 66
if [ -L settings.ini ] || [ ! -f settings.ini ]; then
    echo "settings.ini is no regular file" >&2
    exit 67
fi
if [ "$(od -An -v -tx1 <settings.ini | tr -d ' \n')" != "$before" ]; then
    echo "settings.ini has changed since it was read" >&2
    exit 68
fi
rights() {
    list=$(ls -ln -- "$1") || exit 74
    read -r mode _ user group _ <<LIST
$list
LIST
    echo "$mode $user $group"
}
backup=settings.ini.jumpfleet-backup
new=settings.ini.jumpfleet-new
rm -rf -- "$new"
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
number=1
while is_there "$backup.$number"; do number=$((number + 1)); done
if is_there "$backup" && ! mv -f -- "$backup" "$backup.$number"; then
    echo "an older copy of settings.ini cannot be kept" >&2
    exit 74
fi
cp -p -- settings.ini "$new" || exit 74
cp -p -- settings.ini "$backup" || exit 74
if [ "$(rights settings.ini)" != "$(rights "$new")" ]; then
    rm -f -- "$new" "$backup"
    echo "settings.ini would have another owner or mode" >&2
    exit 73
fi
if ! content >"$new" || [ "$(wc -c <"$new")" -ne "$size" ] || ! mv -f -- "$new" settings.ini; then
    rm -f -- "$new"
    echo "settings.ini cannot be written" >&2
    exit 74
fi
sync
