#!/bin/sh
# Installs the BeyondTrust Jump Client of pra.example.org when a computer boots that was made from an image. Made by jumpfleet.
#
# Every clone installs a client of its own: one that is installed in the image would give all of them one identity.
# Exit codes: 0 done, 75 to be tried again; the others are for good: 64 key, 66 no such installer, 69 not for this
# computer, 70 the installer failed, 73 and 74 files, 76 the image had a client already, 77 not root, 78 expired.
# shellcheck disable=SC2317 # the steps are called by their names
installer_pattern='bomgar-pec-*.bin'
installer_sha256=5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
installer_expires=2051222400
install_seconds=900
wanted_site=pra.example.org
wanted_os=Linux
wanted_processor=intel
wanted_root=yes
wanted_unit=no
wanted_systemd=no
wanted_key=no
package_staging=/var/tmp/jumpfleet-first-boot
package_file_name=''
package_key=''
export package_staging package_file_name package_key

# What is one computer's own, by its name.
values_of() {
    :
}

‹the steps, word for word›
start_client() {
    :
    run_within 60 step_start_1 || leave 70 "$(printed)" 'register the init script failed'
    run_within 120 step_start_2 || leave 70 "$(printed)" 'start the client failed'
}


# --- What a visit of jumpfleet does, done by the computer itself ---

say() { printf '%s\n' "$*"; }

# What else is done at the end, of an exit code and a reason; a script may have an own one.
at_end() { :; }

# Ends the script with an exit code, a reason, and nothing left behind.
leave() {
    status=$1
    shift
    # A failure may be one of several tries.
    if [ "$status" = 70 ]; then status=$failed_as; fi
    [ "$#" -eq 0 ] || say "$*"
    if [ "$staged" = yes ]; then run step_clean || say "$package_staging could not be removed"; fi
    rm -rf -- "$work"
    at_end "$status" "$*"
    exit "$status"
}

# A folder for what steps print, that nobody else may write to.
open_work() {
    staged=no
    failed_as=70
    work=/var/tmp/jumpfleet-steps-$$
    (umask 077 && mkdir -- "$work") || exit 73
}

# Runs a step; what it prints is in "$work/printed".
run() {
    "$1" >"$work/step.sh" || return 74
    sh "$work/step.sh" </dev/null >"$work/printed" 2>&1 8>&-
}

# The same for so many seconds at most.
run_within() {
    "$2" >"$work/step.sh" || return 74
    rm -f -- "$work/ended"
    {
        sh "$work/step.sh" </dev/null >"$work/printed" 2>&1 8>&-
        printf '%s\n' "$?" >"$work/ending" && mv -f -- "$work/ending" "$work/ended"
    } &
    seconds=$1
    while [ ! -e "$work/ended" ]; do
        if [ "$seconds" -le 0 ]; then return 124; fi
        sleep 1
        seconds=$((seconds - 1))
    done
    read -r ended <"$work/ended"
    return "$ended"
}

# What was printed, without the lines that are meant for jumpfleet, and without the key: the tool that runs this keeps it.
printed() {
    sed '/^::jumpfleet:: /d; /^$/d' "$work/printed" | tail -n 20 | without "$package_key" | without "$(key_of_name)"
}

# The key in the installer's name: what the pattern has a star for.
key_of_name() {
    case $installer_pattern in *'*'*) ;; *) return ;; esac
    # shellcheck disable=SC2295 # the rest of the pattern is one too
    key=${package_file_name#${installer_pattern%%'*'*}}
    # shellcheck disable=SC2295
    printf '%s' "${key%${installer_pattern#*'*'}}"
}

# Passes lines on with a word masked; a value in the environment is no program's argument, and is taken as it is.
without() {
    masked=$1 awk '{
        rest = $0
        line = ""
        while (ENVIRON["masked"] != "" && (at = index(rest, ENVIRON["masked"]))) {
            line = line substr(rest, 1, at - 1) "***"
            rest = substr(rest, at + length(ENVIRON["masked"]))
        }
        print line rest
    }'
}

fact() { sed -n "s/^::jumpfleet:: fact $1 //p" "$work/seen" | head -n 1; }
trace() { sed -n "s/^::jumpfleet:: trace $1 //p" "$work/seen" | head -n 1; }
any_trace() { sed -n 's/^::jumpfleet:: trace //p' "$work/seen" | head -n 1; }

# The same for people, who want to know when it is another site's.
what_is_there() {
    any_trace
    other=$(fact marker_site)
    case $other in '' | "$wanted_site") ;; *) say "its marker file names another site: $other" ;; esac
}

look() {
    run step_look
    sed '/^::jumpfleet:: end$/q' "$work/printed" >"$work/seen"
    grep -q '^::jumpfleet:: end$' "$work/seen" || leave 74 "the look did not come to its end: $(printed)"
}

# The guide's duplicate rules: whatever was seen of a client is one that is there already.
is_there() { [ -n "$(any_trace)" ]; }

# Why this computer cannot take the client.
fit() {
    if [ "$(fact os)" != "$wanted_os" ]; then leave 69 "this is $(fact os), not $wanted_os"; fi
    if [ "$wanted_root" = yes ] && [ "$(fact uid)" != 0 ]; then leave 77 'this is to be run as root'; fi
    case $wanted_processor-$(fact arch) in
        any-* | arm-arm* | arm-aarch64* | intel-x86_64 | intel-amd64 | intel-i?86) ;;
        *) leave 69 "the installer is not for processors of kind $(fact arch)" ;;
    esac
    if [ "$(fact user_exists)" = no ]; then leave 69 'the account the client would run as does not exist'; fi
    if [ "$wanted_systemd" = yes ] && [ "$(fact systemd)" = no ]; then
        leave 69 'systemd does not run this computer'
    fi
    if [ "$(fact install_parent)" = read_only ]; then
        leave 69 'the folder above the install directory cannot be written to'
    fi
}

# The file of this digest below a folder: its name holds the key and is nowhere in this script.
find_installer() {
    for file in "$1"/$installer_pattern; do
        [ -f "$file" ] || continue
        package_file_name=${file##*/}
        cp -- "$file" "$package_staging/$package_file_name" || leave 73 'the installer could not be staged'
        run step_digest
        if grep -q -i "^::jumpfleet:: digest $installer_sha256\$" "$work/printed"; then return 0; fi
        rm -f -- "$package_staging/$package_file_name"
    done
    leave 66 "no $installer_pattern of the wanted SHA-256 ($installer_sha256) is in $1"
}

# Whether a client runs and comes back after a reboot, within two minutes.
prove() {
    tries=0
    while look && ! proven; do
        if [ "$tries" -ge 60 ]; then return 1; fi
        sleep 2
        tries=$((tries + 1))
    done
}

proven() {
    if [ -z "$(trace install_directory)" ]; then return 1; fi
    if [ -z "$(trace process)" ] && [ "$(fact init_status)" != 0 ]; then return 1; fi
    [ "$wanted_unit" = no ] || [ "$(fact unit_active)" = active ]
}

# An installer that has expired installs nothing any more.
not_expired() {
    if [ -n "$installer_expires" ] && [ "$(date +%s)" -ge "$installer_expires" ]; then
        leave 78 'the installer has expired: make a new one on the site, and this package again'
    fi
}

# The key of an installer that does not have it in its name.
with_key() {
    if [ "$wanted_key" = yes ] && [ -z "$package_key" ]; then leave 64 'the installer key was not given'; fi
}

# Installs from a folder where a look found no client; ends the script unless all went well.
install_from() {
    fit
    with_key
    not_expired
    run step_clean || leave 75 "$(printed)"
    run step_prepare || leave 73 "$(printed)"
    staged=yes
    find_installer "$1"
    export package_file_name
    run step_ready || leave 73 "$(printed)"
    run_within "$install_seconds" step_install
    ended=$?
    # What the installer itself said is told before what it ended with.
    printed
    case $ended in
        0) ;;
        75 | 76) leave "$ended" ;;
        124)
            run_within 60 step_abandon
            leave 70 "the installer did not end within $install_seconds seconds"
            ;;
        *) leave 70 "the installer ended with exit code $ended" ;;
    esac
    start_client
    prove || leave 70 "the client was installed, and two minutes later it does not run: $(any_trace)"
    run step_mark || leave 74 "the marker file could not be written: $(printed)"
}


# --- The first boot ---

site='pra.example.org'
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
