file=$staging/$file_name
if [ -f "$file" ] && [ ! -L "$file" ]; then
    if command -v sha256sum >/dev/null 2>&1; then
        answer=$(sha256sum <"$file") && answer=${answer%% *}
    elif command -v shasum >/dev/null 2>&1; then
        answer=$(shasum -a 256 <"$file") && answer=${answer%% *}
    else
        answer=$(openssl dgst -sha256 <"$file") && answer=${answer##* }
    fi || exit
    printf '\n::jumpfleet:: digest %s\n' "$answer"
fi
