status=$?
# A half-made directory would pass for a client at the next look; it was not there before.
if [ "$status" -ne 0 ] && [ -n "$install_dir" ] && [ ! -e "$install_dir/uninstall" ]; then
    rm -rf -- "$install_dir"
fi
printf '%s\n' "$status" >install.rc.new && mv -f install.rc.new install.rc
