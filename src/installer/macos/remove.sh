found=no
for path in /Applications/.com.bomgar.*/*.app/Contents/MacOS/sdcust /Applications/.com.bomgar.*/Contents/MacOS/sdcust \
    /Users/Shared/bomgar-*/*.app/Contents/MacOS/sdcust /Applications/*.app/Contents/MacOS/sdcust; do
    [ -x "$path" ] || continue
    found=yes
    "$path" -uninstall silent </dev/null || exit
done
for path in '/Applications/BeyondTrust Jump Client - '*.app/Contents/MacOS/sra-pin; do
    [ -x "$path" ] || continue
    found=yes
    "$path" --uninstall </dev/null || exit
done
if [ "$found" = no ]; then printf 'no client is there to remove\n'; fi
