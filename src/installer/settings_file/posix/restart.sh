if [ -n "$unit" ] && [ -d /run/systemd/system ]; then
    systemctl restart -- "$unit" </dev/null
elif [ -x "$directory/init-script" ]; then
    as_owner "$directory/init-script" restart </dev/null
else
    echo "nothing is there to restart the client with: neither a unit nor an init-script" >&2
    exit 69
fi
