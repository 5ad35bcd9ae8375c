volume=$staging/volume
# Only the end of the name is sure: /var is a link on a Mac.
image_is_open() {
    case $(df -P "$volume" 2>/dev/null </dev/null) in *"/${staging##*/}/volume") ;; *) return 1 ;; esac
}
# An image that something still reads is not closed, so force comes last.
close_image() {
    tries=0
    while image_is_open && [ "$tries" -lt 15 ]; do
        if hdiutil detach "$volume" >/dev/null 2>&1 </dev/null; then return 0; fi
        sleep 1
        tries=$((tries + 1))
    done
    if image_is_open; then hdiutil detach "$volume" -force </dev/null; fi
}
