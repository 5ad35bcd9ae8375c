systemctl daemon-reload </dev/null || exit
if ! systemctl enable --now -- "$unit" </dev/null; then
    systemctl status --no-pager --lines=20 -- "$unit" </dev/null
    exit 1
fi
