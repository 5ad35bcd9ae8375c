# Asked before anything is stopped: a client that cannot be removed goes on running.
if [ -n "$install_dir" ] && [ -d "$install_dir" ]; then
    for path in "$install_dir"/* "$install_dir"/.[!.]*; do
        if [ -e "$path" ] || [ -L "$path" ]; then
            may_uninstall "$install_dir" || exit
            break
        fi
    done
fi
