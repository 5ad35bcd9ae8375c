umask 077
refuse() {
    printf 'staging folder %s: %s\n' "$staging" "$1" >&2
    exit 73
}
case $staging in /*) ;; *) refuse 'not an absolute path' ;; esac
if ! mkdir -- "$staging" 2>/dev/null; then
    [ ! -L "$staging" ] || refuse 'is a symbolic link'
    if [ ! -d "$staging" ]; then
        # Once more, for the reason in the system's words.
        mkdir -- "$staging"
        refuse 'cannot be made'
    fi
    list=$(LC_ALL=C ls -dn -- "$staging") || refuse 'cannot be looked at'
    read -r mode _ owner _ <<LIST
$list
LIST
    [ "$owner" = "$(id -u)" ] || refuse 'belongs to another account'
    case $mode in drwx------*) ;; *) chmod 0700 "$staging" || refuse 'cannot be made private' ;; esac
fi
