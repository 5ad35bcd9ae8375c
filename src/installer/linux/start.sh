"$install_dir/init-script" start </dev/null || exit
