installer_alive() {
    installer=
    { read -r installer <"$staging/install.pid"; } 2>/dev/null || return 1
    case $installer in '' | *[!0-9]*) return 1 ;; esac
    # Another account's process takes no signal, and is there.
    kill -0 "$installer" 2>/dev/null || [ -d "/proc/$installer" ] || return 1
    # After a reboot the number may belong to another process.
    if [ -r "/proc/$installer/cmdline" ]; then
        # Not grep: busybox's stops at the first NUL.
        case $(tr '\000' ' ' 2>/dev/null <"/proc/$installer/cmdline") in
            *"$staging/install.sh"*) ;;
            *) return 1 ;;
        esac
    fi
}
