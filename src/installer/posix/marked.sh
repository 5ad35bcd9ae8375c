# What our own marker file says; no more of it is read than we write.
marked() {
    [ -f "$marker_file" ] || return 0
    left=64
    while [ "$left" -gt 0 ] && IFS= read -r line; do
        left=$((left - 1))
        case $line in
            'release: '*) fact marker_release "${line#*: }" ;;
            'product: '*) fact marker_product "${line#*: }" ;;
            'site: '*) fact marker_site "${line#*: }" ;;
            'run: '*) fact marker_run "${line#*: }" ;;
            'install directory: /'*) fact marker_directory "${line#*: }" ;;
            'setting: jc_'*=*)
                name=${line#*: }
                fact "marker_setting_${name%%=*}" "${line#*=}"
                ;;
        esac
    done 2>/dev/null <"$marker_file"
}
