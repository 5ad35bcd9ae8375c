rm -f -- "/etc/systemd/system/$name.service" "/etc/init.d/$name" || exit
if [ -d /run/systemd/system ]; then systemctl daemon-reload </dev/null; fi
