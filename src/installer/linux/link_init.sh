PATH=$PATH:/usr/sbin:/sbin
ln -sfn -- "$install_dir/init-script" "/etc/init.d/$name" || exit
if command -v update-rc.d >/dev/null 2>&1; then
    update-rc.d "$name" defaults </dev/null
elif command -v chkconfig >/dev/null 2>&1; then
    chkconfig --add "$name" </dev/null && chkconfig "$name" on </dev/null
else
    printf 'neither update-rc.d nor chkconfig is there to register /etc/init.d/%s\n' "$name" >&2
    exit 69
fi
