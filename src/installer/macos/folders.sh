# What shows a client, each on a line. Names do not tell the generation: clients of both are called com.bomgar and
# sdcust.
client_folders() {
    for path in /Applications/.com.bomgar.* /Users/Shared/bomgar-scc-* /Users/Shared/bomgar-pec-* \
        '/Applications/BeyondTrust Jump Client - '*.app; do
        if [ -e "$path" ]; then printf '%s\n' "$path"; fi
    done
}
