umask 022
mkdir -p -- "$marker_folder" || exit
{
    printf 'release: %s\n' "$release"
    printf 'product: %s\n' "$product"
    printf 'site: %s\n' "$site"
    printf 'run: %s\n' "$run"
    printf 'install directory: %s\n' "${install_dir:-chosen by the installer}"
    while [ "$#" -gt 0 ]; do
        printf 'setting: %s=%s\n' "$1" "$2"
        shift 2
    done
} >"$marker_file.new" || exit
chmod 0644 "$marker_file.new" && mv -f -- "$marker_file.new" "$marker_file"
