rm -f -- "$marker_file"
