if [ -n "$install_dir" ] && [ -e "$install_dir" ]; then uninstall_client "$install_dir" || exit; fi
