# Root runs nothing that another account may write: what such an account owns is removed in its name.
others_write() {
    # In a sticky folder nobody replaces what is another account's.
    case $mode in ?????????[tT]*) return 1 ;; esac
    case $mode in ????????w*) return 0 ;; esac
    case $mode in ?????w*) [ "$group" != root ] && [ "$owner" = root ] ;; *) return 1 ;; esac
}

# Finds the vendor's removal below a folder, and the account in whose name it is to run.
may_uninstall() {
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
}
