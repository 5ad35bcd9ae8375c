uninstall_client() {
    # An empty folder is no client.
    if rmdir -- "$1" 2>/dev/null; then return 0; fi
    may_uninstall "$1" || return
    # It asks whether it is meant.
    if [ "$owner" = root ] || [ "$(id -u)" != 0 ]; then
        printf 'y\ny\n' | sh "$script"
    elif command -v runuser >/dev/null 2>&1; then
        printf 'y\ny\n' | runuser -u "$owner" -- sh "$script"
    else
        # shellcheck disable=SC2016 # the inner shell expands it
        printf 'y\ny\n' | su -s /bin/sh "$owner" -c 'exec sh "$0"' "$script"
    fi
    status=$?
    # Its owner may empty the folder, but not take it out of one above that is not theirs.
    rmdir -- "$1" 2>/dev/null
    case $1 in /opt/bomgar/* | /opt/beyondtrust/*) rmdir -- "${1%/*}" 2>/dev/null ;; esac
    return "$status"
}
