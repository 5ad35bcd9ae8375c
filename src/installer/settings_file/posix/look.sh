# Which clients lie here, and what are they set to?
say() { printf '::jumpfleet:: %s\n' "$1"; }
unit_of() {
    unit=
    for path in /etc/systemd/system/*.service /usr/lib/systemd/system/*.service /lib/systemd/system/*.service; do
        if grep -qsF -- "$1/" "$path" </dev/null; then
            unit=${path##*/}
            return
        fi
    done
}
# What a process is connected to, as the kernel writes addresses.
connections() {
    sockets=' '
    set -f
    # shellcheck disable=SC2045 # words without blanks are looked for
    for word in $(ls -l "/proc/$1/fd" 2>/dev/null); do
        case $word in
            socket:\[*\])
                word=${word#socket:\[}
                sockets="$sockets${word%\]} "
                ;;
        esac
    done
    set +f
    cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null </dev/null |
        while read -r _ _ remote state _ _ _ _ _ socket _; do
            if [ "$state" = 01 ]; then case $sockets in *" $socket "*) say "connection $remote" ;; esac; fi
        done
}
file() {
    if [ -L "$1" ] || [ ! -f "$1" ]; then
        say "refused its settings.ini is no regular file"
    elif [ ! -r "$1" ]; then
        say "refused $(id -un) may not read its settings.ini"
    elif [ "$(wc -c <"$1")" -gt 262144 ]; then
        say "refused its settings.ini is larger than 256 KiB"
    else
        say "file $(od -An -v -tx1 <"$1" | tr -d ' \n')"
    fi
}
echo
known=' '
for directory in "$install_dir" /opt/bomgar/bomgar-* /opt/beyondtrust/sra-*; do
    case $directory in '' | *"$newline"*) continue ;; esac
    case $known in *" $directory "*) continue ;; esac
    known="$known$directory "
    if [ ! -e "$directory/settings.ini" ] && [ ! -L "$directory/settings.ini" ]; then continue; fi
    say "directory $directory"
    unit_of "$directory"
    if [ -n "$unit" ]; then say "unit $unit"; fi
    # shellcheck disable=SC2013 # these paths have no blanks
    for path in $(grep -lsF -- "$directory/" /proc/[0-9]*/cmdline </dev/null); do
        path=${path%/cmdline}
        case $(readlink "$path/exe") in
            "$directory/"* | */qemu-*)
                say running
                connections "${path##*/}"
                ;;
        esac
    done
    file "$directory/settings.ini"
done
say end
