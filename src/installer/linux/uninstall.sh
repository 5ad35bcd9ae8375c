if [ -z "$install_dir" ]; then
    for path in "$default"*; do
        if [ ! -d "$path" ]; then continue; fi
        if [ -n "$install_dir" ]; then
            printf 'more than one client is there: %s and %s; name one as jc_install_dir\n' \
                "$install_dir" "$path" >&2
            exit 65
        fi
        install_dir=$path
    done
fi
if [ -n "$install_dir" ] && [ -e "$install_dir" ]; then
    if [ ! -f "$install_dir/uninstall" ]; then
        printf '%s has no uninstall script\n' "$install_dir" >&2
        exit 66
    fi
    # It asks whether it is meant.
    cd / && printf 'y\ny\n' | sh "$install_dir/uninstall"
fi
