cd -- "$staging" || exit
printf '%s\n' "$$" >install.pid
umask 022
