cd -- "$staging" || exit 73
: >install.before || exit 74
if [ -n "$default" ]; then
    for path in "${default%/*}" "$default"*; do
        if [ -e "$path" ]; then printf '%s\n' "$path" >>install.before || exit 74; fi
    done
fi
printf '%s\n' "$$" >install.pid || exit 74
umask 022
