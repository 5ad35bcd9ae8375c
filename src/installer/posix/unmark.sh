rm -f -- "$marker_file" || exit
# Only a folder that we made goes with it.
case $marker_folder in */jumpfleet) rmdir -- "$marker_folder" 2>/dev/null || : ;; esac
