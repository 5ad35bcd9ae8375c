for path in /Applications/.com.bomgar.* /Users/Shared/bomgar-scc-* /Users/Shared/bomgar-pec-* \
    '/Applications/BeyondTrust Jump Client - '*.app; do
    if [ -e "$path" ]; then stop 76 "$path exists already"; fi
done
