umask 022
mkdir -p -- "$marker_folder" || exit
{
    printf 'release: %s\n' "$release"
    printf 'run: %s\n' "$run"
    printf 'install directory: %s\n' "${install_dir:-chosen by the installer}"
} >"$marker_file.new" || exit
chmod 0644 -- "$marker_file.new" && mv -f -- "$marker_file.new" "$marker_file"
