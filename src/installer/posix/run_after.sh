status=$?
if [ "$status" -ne 0 ]; then remove_half_made; fi
printf '%s\n' "$status" >install.rc.new && mv -f install.rc.new install.rc
