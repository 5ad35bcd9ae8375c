# Root runs nothing that another account may write: what such an account owns is removed in its name.
others_write() {
    # In a sticky folder nobody replaces what is another account's.
    case $mode in ?????????[tT]*) return 1 ;; esac
    case $mode in ????????w*) return 0 ;; esac
    case $mode in ?????w*) [ "$group" != root ] && [ "$owner" = root ] ;; *) return 1 ;; esac
}

uninstall_client() {
    # An empty folder is no client.
    if rmdir -- "$1" 2>/dev/null; then return 0; fi
    if [ ! -f "$1/uninstall" ] || [ -L "$1/uninstall" ]; then
        printf '%s has no uninstall script\n' "$1" >&2
        return 66
    fi
    cd -P -- "$1" || return
    script=$(pwd -P)/uninstall
    cd / || return
    owner=root
    path=$script
    while [ -n "$path" ] && [ "$owner" = root ]; do
        list=$(LC_ALL=C ls -dl -- "$path") || return
        read -r mode _ owner group _ <<LIST
$list
LIST
        if [ "$(id -u)" = 0 ] && others_write; then
            printf '%s may be written by other accounts: root runs nothing there\n' "$path" >&2
            return 67
        fi
        path=${path%/*}
    done
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
