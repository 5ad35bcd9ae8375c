remove_half_made() {
    # Nothing of this run's has begun without it.
    [ -f "$staging/install.before" ] || return 0
    # Half made, a folder would pass for a client at the next look; what was there before stays.
    if [ -n "$install_dir" ] && [ ! -e "$install_dir/uninstall" ]; then rm -rf -- "$install_dir"; fi
    [ -n "$default" ] || return 0
    for path in "$default"*; do
        if [ ! -d "$path" ] || [ -L "$path" ] || [ -e "$path/uninstall" ]; then continue; fi
        grep -qsxF -e "$path" "$staging/install.before" </dev/null || rm -rf -- "$path"
    done
    if [ -d "${default%/*}" ] && ! grep -qsxF -e "${default%/*}" "$staging/install.before" </dev/null; then
        rmdir -- "${default%/*}" 2>/dev/null || return 0
    fi
}
