living_here() {
    { IFS= read -r stat <"$1/stat"; } 2>/dev/null || return 1
    case ${stat##*) } in Z* | X*) return 1 ;; esac
    # A client inside a container of this host is the container's.
    space=$(readlink "$1/ns/pid" 2>/dev/null)
    [ -z "$space" ] || [ "$space" = "$(readlink /proc/self/ns/pid)" ]
}
