# Held until the installer and this script have ended: of two runs at once only one begins here.
if [ -r "$lock_folder" ] && [ -d "$lock_folder" ] && command -v flock >/dev/null 2>&1; then
    exec 9<"$lock_folder"
    flock -n 9 2>/dev/null
    if [ "$?" -eq 1 ]; then stop 76 'another installer of jumpfleet is at work on this host'; fi
fi
for path in /opt/bomgar/bomgar-pec-* /opt/bomgar/bomgar-scc-* /opt/beyondtrust/sra-* \
    /root/.beyondtrust-scc-* /home/*/.beyondtrust-scc-*; do
    if [ -d "$path" ]; then stop 76 "$path exists already"; fi
done
for path in /proc/[0-9]*/comm; do
    { IFS= read -r name <"$path"; } 2>/dev/null || continue
    case $name in
        bomgar-pec | bomgar-scc | sra-pin | sra-scc)
            if living_here "${path%/comm}"; then stop 76 "a client runs already: $name"; fi
            ;;
    esac
done
