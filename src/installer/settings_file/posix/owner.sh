# Root writes and starts nothing in a folder of another account's but in that account's name.
list=$(ls -dl -- "$directory") || exit
read -r _ _ owner _ <<LIST
$list
LIST
as_owner() {
    if [ "$(id -u)" != 0 ] || [ "$owner" = root ]; then
        sh "$@"
    elif command -v runuser >/dev/null 2>&1; then
        runuser -u "$owner" -- sh "$@"
    else
        # shellcheck disable=SC2016 # the inner shell expands it
        su -s /bin/sh "$owner" -c 'exec sh "$@"' sh "$@"
    fi
}
