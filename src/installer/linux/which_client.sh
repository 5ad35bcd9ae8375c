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
