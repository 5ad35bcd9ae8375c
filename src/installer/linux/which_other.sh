# A client in the vendor's own folders, or where our marker file says that we put one.
marked_dir=
if [ -n "$marker_file" ] && [ -f "$marker_file" ]; then
    while IFS= read -r line; do
        case $line in 'install directory: /'*) marked_dir=${line#*: } ;; esac
    done <"$marker_file"
fi
other=
for path in /opt/bomgar/bomgar-pec-* /opt/bomgar/bomgar-scc-* /opt/beyondtrust/sra-* "$install_dir" "$marked_dir"; do
    if [ -z "$path" ] || [ ! -d "$path" ] || [ "$path" = "$other" ]; then continue; fi
    if [ -n "$other" ]; then
        printf 'more than one client is there: %s and %s; remove one by hand\n' "$other" "$path" >&2
        exit 65
    fi
    other=$path
done
install_dir=$other
