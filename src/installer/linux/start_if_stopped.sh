if [ -z "$install_dir" ]; then
    for path in "$default"*; do
        if [ -d "$path" ]; then install_dir=$path; fi
    done
fi
if [ -x "$install_dir/init-script" ] && ! "$install_dir/init-script" status </dev/null; then
    "$install_dir/init-script" start </dev/null || exit
fi
