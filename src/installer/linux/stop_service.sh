PATH=$PATH:/usr/sbin:/sbin
if [ -d /run/systemd/system ] && [ -e "/etc/systemd/system/$name.service" ]; then
    systemctl disable --now -- "$name.service" </dev/null || exit
fi
if [ -L "/etc/init.d/$name" ]; then
    "/etc/init.d/$name" stop </dev/null
    if command -v update-rc.d >/dev/null 2>&1; then
        update-rc.d -f "$name" remove </dev/null
    elif command -v chkconfig >/dev/null 2>&1; then
        chkconfig --del "$name" </dev/null
    fi
fi
