systemctl daemon-reload </dev/null || exit
if ! systemctl enable --now -- "$unit" </dev/null; then
    systemctl status --no-pager --lines=0 -- "$unit" </dev/null
    # While a unit waits for its next start, its status hides the last words of the one that failed.
    journalctl --sync </dev/null
    journalctl --boot --no-pager --lines=20 --unit="$unit" </dev/null
    exit 1
fi
