# Without a terminal ps cuts its lines, unless it is told twice that it may not.
all_processes() { ps -A -ww -o pid= -o command= 2>/dev/null; }
# The client's processes by name, in a list of all.
client_processes() {
    told=
    while read -r _ command; do
        case $command in
            # The installer on the disk image is no client.
            *"$staging"/*) continue ;;
            */sdcust*' -pinned'*) name=sdcust ;;
            */Contents/MacOS/sra-pin*) name=sra-pin ;;
            *) continue ;;
        esac
        case "$told" in *" $name "*) continue ;; esac
        told="$told $name "
        printf '%s\n' "$name"
    done <<LIST
$1
LIST
}
