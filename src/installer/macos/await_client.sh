result=$?
# sdcust goes on in the background and reads from the image until the client is there.
image_is_read() { case $list in *"$volume"/*) ;; *) return 1 ;; esac; }
left=60
while [ "$result" -eq 0 ]; do
    list=$(all_processes)
    if [ -n "$(client_folders)" ] && [ -n "$(client_daemons)" ] && [ -n "$(client_processes "$list")" ] &&
        ! image_is_read; then
        break
    fi
    if [ "$left" -le 0 ]; then
        printf 'sdcust said that it succeeded, and 60 s later its client is not whole\n' >&2
        break
    fi
    sleep 1
    left=$((left - 1))
done
exit "$result"
