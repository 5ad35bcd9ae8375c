# Asked before anything is stopped: a client that cannot be removed goes on running.
if [ -n "$install_dir" ] && [ -d "$install_dir" ] &&
    { [ ! -f "$install_dir/uninstall" ] || [ -L "$install_dir/uninstall" ]; }; then
    for path in "$install_dir"/* "$install_dir"/.[!.]*; do
        if [ -e "$path" ]; then
            printf '%s has no uninstall script\n' "$install_dir" >&2
            exit 66
        fi
    done
fi
