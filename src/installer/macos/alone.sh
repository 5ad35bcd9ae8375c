path=$(client_folders)
if [ -n "$path" ]; then stop 76 "$path exists already"; fi
name=$(client_processes "$(all_processes)")
if [ -n "$name" ]; then stop 76 "a client runs already: $name"; fi
