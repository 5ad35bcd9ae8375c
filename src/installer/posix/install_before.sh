stop() {
    printf '%s\n' "$2" >&2
    exit "$1"
}
cd -- "$staging" || exit 73
if installer_alive; then stop 75 "an installer of this run is at work: process $installer"; fi
if [ -e install.rc ]; then stop 75 'an installer of this run has been here'; fi
