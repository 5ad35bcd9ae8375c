refuse() {
    printf 'staging folder %s: %s\n' "$staging" "$2" >&2
    exit "$1"
}
case $staging in /*) ;; *) refuse 64 'not an absolute path' ;; esac
case $staging in */../* | */..) refuse 64 'leads upwards' ;; esac
case ${staging##*/} in jumpfleet-?*) ;; *) refuse 64 'not one of ours' ;; esac
if installer_alive; then refuse 75 "process $installer still works in it"; fi
