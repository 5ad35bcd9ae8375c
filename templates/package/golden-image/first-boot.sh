#!/bin/sh
# Installs the BeyondTrust Jump Client of {{ site }} when a computer boots that was made from an image. Made by jumpfleet.
#
# Every clone installs a client of its own: one that is installed in the image would give all of them one identity.
# Exit codes: 0 done, 75 to be tried again; the others are for good: 64 key, 66 no such installer, 69 not for this
# computer, 70 the installer failed, 73 and 74 files, 76 the image had a client already, 77 not root, 78 expired.
# shellcheck disable=SC2317 # the steps are called by their names
{{ values }}
{{ steps }}
{{ visit }}

# --- The first boot ---

site='{{ site }}'
staged_in=/var/lib/jumpfleet-first-boot
done_file=/var/lib/jumpfleet/first-boot.done
failed_file=/var/lib/jumpfleet/first-boot.failed
unit=jumpfleet-first-boot.service

# Writes down how it ended; then nothing of the installer stays here, nor anything that would begin it again.
end_for_good() {
    umask 022
    mkdir -p -- "${1%/*}"
    printf '%s\n' "$2" >"$1" || say "$1 cannot be written"
    if [ -d /run/systemd/system ]; then systemctl disable "$unit" >/dev/null 2>&1 </dev/null; fi
    rm -f -- "/etc/systemd/system/$unit"
    rm -rf -- "$staged_in"
}

finish() {
    end_for_good "$done_file" "$*"
    leave 0 "$@"
}

# Without the name of the site there is no network yet, or not the right one.
await_network() {
    # Nobody has to be asked for a site that is an address itself.
    case $site in *[!0-9.]*) ;; *) return ;; esac
    tries=0
    until getent hosts "$site" >/dev/null 2>&1 </dev/null; do
        if [ "$tries" -ge "${network_tries:-60}" ]; then leave 75 "no address of $site is known: there is no network yet"; fi
        sleep 5
        tries=$((tries + 1))
    done
}

# How often it was begun; a second beginning that finds a client found our own.
begun() {
    times=0
    { read -r times <"$staged_in/begun"; } 2>/dev/null
    case $times in '' | *[!0-9]*) times=0 ;; esac
}

open_work
trap 'leave 75 "ended from outside"' HUP INT TERM
if [ -e "$done_file" ]; then leave 0 "it was done before: $done_file"; fi
if [ "$(id -u)" != 0 ]; then leave 77 'this is to be run as root'; fi
if [ ! -d "$staged_in" ]; then leave 66 "$staged_in is not there"; fi
# The unit and cloud-init may both begin it.
if command -v flock >/dev/null 2>&1; then
    exec 8<"$staged_in"
    flock -n 8 || leave 75 'it is at work already'
fi
# From here on; a person who is not root, or comes while it is at work, ends nothing.
at_end() {
    case $1 in
        0 | 75) ;;
        *) end_for_good "$failed_file" "exit code $1: $2" ;;
    esac
}
begun
look
if is_there; then
    if [ "$times" -eq 0 ]; then
        leave 76 "the image has a client already ($(any_trace)): all its clones share one identity. Remove it from the image"
    fi
    prove || leave 70 "an earlier try left a client that does not run: $(any_trace)"
    finish "installed at an earlier try: $(trace install_directory)"
fi
fit
not_expired
await_network
if [ -r "$staged_in/key" ]; then IFS= read -r package_key <"$staged_in/key"; fi
times=$((times + 1))
printf '%s\n' "$times" >"$staged_in/begun" || leave 74 "$staged_in cannot be written to"
sync
# The site may be out of reach for a while: a try that left nothing behind is made again.
if [ "$times" -lt 5 ]; then failed_as=75; fi
install_from "$staged_in"
finish "installed: $(trace install_directory)"
