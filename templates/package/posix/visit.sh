
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
