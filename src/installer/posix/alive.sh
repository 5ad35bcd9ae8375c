installer_alive() {
    installer=
    { read -r installer <"$staging/install.pid"; } 2>/dev/null || return 1
    case $installer in '' | *[!0-9]*) return 1 ;; esac
    kill -0 "$installer" 2>/dev/null || return 1
    # After a reboot the number may belong to another process.
    if [ -r "/proc/$installer/cmdline" ]; then
        grep -qsF "$staging/install.sh" "/proc/$installer/cmdline" </dev/null
    fi
}
