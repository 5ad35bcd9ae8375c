if ! mv -f -- "$unit_file.new" "$unit_file"; then
    rm -f -- "$unit_file.new"
    exit 1
fi
