if [ -n "$install_dir" ] && { [ -e "$install_dir" ] || [ -L "$install_dir" ]; }; then
    stop 76 "$install_dir exists already"
fi
if [ ! -f install.sh ]; then stop 74 'the script that starts the installer is gone'; fi
if [ -n "$install_parent" ] && [ ! -d "$install_parent" ]; then
    umask 022
    mkdir -p -- "$install_parent" || exit 73
fi
umask 077
if command -v setsid >/dev/null 2>&1; then
    setsid sh "$staging/install.sh" </dev/null >install.log 2>&1 &
else
    # A process group of its own, so that it can be ended as a whole.
    set -m
    nohup sh "$staging/install.sh" </dev/null >install.log 2>&1 &
fi
# The word of it counts: until it is there, the start may still fall into any minute.
until [ -e install.begun ] || ! kill -0 "$!" 2>/dev/null; do sleep 0.1 2>/dev/null || sleep 1; done
printf '::jumpfleet:: begun\n'
wait "$!"
ended=$?
while [ ! -e install.rc ] && installer_alive; do sleep 1; done
status=
{ read -r status <install.rc; } 2>/dev/null
case $status in
    '' | *[!0-9]*)
        if [ ! -s install.pid ] && [ "$ended" -ne 0 ]; then
            tail -c 8192 install.log >&2
            stop 74 'the installer was not begun'
        fi
        remove_half_made
        printf 'the installer ended without telling its exit code\n' >&2
        status=70
        ;;
esac
tail -c 8192 install.log
printf '\n::jumpfleet:: status %s\n' "$status"
exit "$status"
