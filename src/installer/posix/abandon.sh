if installer_alive; then
    kill -TERM "-$installer" 2>/dev/null || kill -TERM "$installer"
    tries=0
    while installer_alive && [ "$tries" -lt 10 ]; do
        sleep 1
        tries=$((tries + 1))
    done
    kill -KILL "-$installer" 2>/dev/null
    if installer_alive; then
        kill -KILL "$installer"
        sleep 1
        if installer_alive; then
            printf 'the installer does not end: process %s\n' "$installer" >&2
            exit 75
        fi
    fi
    remove_half_made
fi
