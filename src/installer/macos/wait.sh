result=$?
# It goes on in the background for a while and still reads from the image (guide: sleep 15).
sleep 15
exit "$result"
