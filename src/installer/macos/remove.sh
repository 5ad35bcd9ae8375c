# Root runs nothing that another account could have put there: neither the program nor a folder of the client's.
is_roots() {
    part=$1
    while :; do
        if [ -L "$part" ]; then return 1; fi
        list=$(LC_ALL=C ls -dn -- "$part") || return 1
        read -r mode _ owner group _ <<LIST
$list
LIST
        if [ "$owner" != 0 ]; then return 1; fi
        # Whoever is in the groups wheel (0) and admin (80) may become root anyway.
        case $mode:$group in
            ????????w* | *+*) return 1 ;;
            ?????w*:0 | ?????w*:80) ;;
            ?????w*) return 1 ;;
        esac
        if [ "$part" = "$2" ]; then return 0; fi
        part=${part%/*}
    done
}
remove() {
    folder=$1 program=$2
    shift
    [ -f "$program" ] && [ -x "$program" ] || return 0
    found=yes
    if ! is_roots "$program" "$folder"; then
        printf '%s can be changed by others than root: remove this client by hand\n' "$program" >&2
        exit 77
    fi
    printf '::jumpfleet:: begun\n'
    "$@" </dev/null || exit
}
found=no
for path in /Applications/.com.bomgar.* /Users/Shared/bomgar-scc-* /Users/Shared/bomgar-pec-*; do
    for program in "$path"/Contents/MacOS/sdcust "$path"/*.app/Contents/MacOS/sdcust; do
        remove "$path" "$program" -uninstall silent
    done
done
for path in '/Applications/BeyondTrust Jump Client - '*.app; do
    remove "$path" "$path/Contents/MacOS/sra-pin" --uninstall
done
if [ "$found" = no ]; then printf 'no client is there to remove\n'; fi
