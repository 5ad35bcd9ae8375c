# What does the vendor's program on the macOS disk image accept, refuse and leave behind? (A stand-in, for tests only.)
# shellcheck shell=sh disable=SC2154
#
# tests/stand_in/build puts the settings of one installer above this text. One program is all that there is in the
# application: it installs it, is the client, and removes it. The rules are those of the guide and of what people who
# deployed it wrote down; where both are silent the comments say what was chosen.

newline='
'
here=${0%/*}
application=${here%/Contents/MacOS}
record() { printf '%s\n' "$2" >>"/var/lib/jump-client-stand-in/$1"; }

fail() {
    echo "Error: $*" >&2
    exit 1
}

# --- How it was told to misbehave ---

WILL_deny='' appliance=''
if [ -r /etc/jump-client-stand-in ]; then
    while IFS='=' read -r word value; do
        case $word in
            sleep) WILL_sleep=$value ;;
            exit) WILL_exit=$value ;;
            lie) WILL_lie=$value ;;
            deny) WILL_deny=$value ;;
            uninstall) WILL_uninstall=$value ;;
            appliance) appliance=$value ;;
        esac
    done </etc/jump-client-stand-in
fi

# --- The client ---

# tell WORD VALUE...: one line to the stand-in appliance (tests/appliance/clients.py), whose answer it prints.
tell() {
    # shellcheck disable=SC2016 # bash has to read it
    bash -c 'exec 3<>"/dev/tcp/${1%:*}/${1#*:}" && printf %s "$2" >&3 && shift 2 && printf "\t%s" "$@" >&3 && echo >&3 &&
        cat <&3' tell "$appliance" "$@" 2>/dev/null
}

if [ "$*" = '-pinned drone' ]; then
    if [ -n "$appliance" ]; then
        set -- operating_system=macOS "hostname=$(hostname)" "fqdn=$(hostname -f 2>/dev/null || hostname)"
        while IFS= read -r line; do
            case $line in key_sha256=* | id=* | jc_*) set -- "$@" "$line" ;; esac
        done <"$application/Contents/settings.ini"
        while :; do
            tell hello "$@"
            sleep 1
        done
    fi
    # It ends with its sleep, so that nobody need know of more than one process group.
    while sleep 600; do :; done
    exit 1
fi

identity() {
    read -r LABEL <"$application/Contents/label"
    FOLDER=${application%/*}
}

if [ "$*" = '-uninstall silent' ]; then
    [ "$(id -u)" = 0 ] || fail "only root may uninstall the Jump Client"
    case ${WILL_uninstall-} in
        fail) fail "the Jump Client could not be uninstalled" ;;
        stuck) exit 0 ;;
    esac
    identity
    client=$(sed -n 's/^id=//p' "$application/Contents/settings.ini")
    launchctl bootout "system/$LABEL"
    # What launchd holds besides is left to whoever deploys, as was seen in the field.
    rm -f "/Library/LaunchDaemons/$LABEL.plist"
    case $FOLDER in /Applications/.com.bomgar.?*) rm -rf "$FOLDER" ;; esac
    [ -z "$appliance" ] || tell bye "$client"
    exit 0
fi

# --- The part that goes on when the installer has ended ---

make_property_list() {
    cat <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>$1</string>
<key>ProgramArguments</key><array><string>/bin/sh</string><string>$2/Contents/MacOS/sdcust</string>
<string>-pinned</string><string>drone</string></array>
<key>RunAtLoad</key><true/>
</dict></plist>
PLIST
}

if [ "$1" = --unpack ]; then
    short=$2
    sleep "${WILL_sleep:-1}"
    folder=/Applications/.com.bomgar.${PRODUCT#bomgar-}.$short
    label=com.bomgar.bomgar-ps-$short
    mkdir -m 0755 "$folder" || exit 1
    # From the image: once it is closed nothing more comes.
    cp -R "$application" "$folder/" || exit 1
    application=$folder/${application##*/}
    printf '%s\n' "$label" >"$application/Contents/label"
    cat >"$application/Contents/settings.ini"
    make_property_list "$label" "$application" >"/Library/LaunchDaemons/$label.plist"
    make_property_list "$label.helper" "$application" >"/Library/LaunchDaemons/$label.helper.plist"
    make_property_list "com.bomgar.bomgar-pec-pinned-login-drone-$short" "$application" \
        >"/Library/LaunchAgents/com.bomgar.bomgar-pec-pinned-login-drone-$short.plist"
    launchctl bootstrap system "/Library/LaunchDaemons/$label.plist"
    exit
fi

# --- The installer ---

record starts "$(date +%s) $(date +%s) $$ $(id -u) $*"
[ "$(id -u)" = 0 ] || fail "the Jump Client is installed by root"
volume=${application%/*}
# Without a mark on it the image's own check finds nothing to say.
[ ! -e "$volume/.quarantined" ] || fail "\"${application##*/}\" cannot be opened: it is quarantined"
if [ -n "$WILL_exit" ]; then
    [ "$WILL_exit" = 0 ] || echo "Error: the installation could not be completed." >&2
    exit "$WILL_exit"
fi
[ -z "$WILL_lie" ] || exit 0

key='' silent=no settings='' minutes_from=''
override() {
    case $OVERRIDES in *" $1 "*) ;; *) fail "the option --jc-$2 may not be overridden for this installer" ;; esac
    case ",$WILL_deny," in *",$1,"*) fail "the option --jc-$2 may not be overridden for this installer" ;; esac
    settings="${settings}jc_$1=$3$newline"
}
offline() {
    [ -z "$minutes_from" ] || fail "--jc-ephemeral and --jc-max-offline-minutes exclude each other"
    minutes_from=$1
}
while [ $# -gt 0 ]; do
    case $1 in
        --silent) silent=yes; shift; continue ;;
        --jc-ephemeral) offline "$1"; override max_offline_minutes ephemeral 5; shift; continue ;;
    esac
    [ $# -ge 2 ] || fail "unknown option, or one without its value: $1"
    case $1 in
        --key-info) [ "$PRODUCT" = sra-pin ] || fail "unknown option: $1"; key=$2 ;;
        --jc-name) override name name "$2" ;;
        --jc-tag) override tag tag "$2" ;;
        --jc-comments) override comments comments "$2" ;;
        --jc-jump-policy) override jump_policy jump-policy "$2" ;;
        --jc-session-policy) override session_policy session-policy "$2" ;;
        --jc-max-offline-minutes) offline "$1"; override max_offline_minutes max-offline-minutes "$2" ;;
        --jc-jump-group)
            case $2 in jumpgroup:?* | user:?*) ;; *) fail "--jc-jump-group needs jumpgroup:CODE or user:NAME" ;; esac
            override jump_group jump-group "$2"
            ;;
        *) fail "unknown option: $1" ;;
    esac
    shift 2
done
[ $silent = yes ] || fail "no window can be shown here: --silent is wanted"

# The image's file name holds the key, and only hdiutil knows that name.
image=''
while read -r first rest; do
    case $first in
        image-path) image=${rest#: } ;;
        /dev/disk*) [ "$rest" != "$volume" ] || break ;;
    esac
done <<LIST
$(hdiutil info)
LIST
if [ -z "$key" ]; then
    case ${image##*/} in
        "$STEM"-*.dmg) key=${image##*/} key=${key#"$STEM"-} key=${key%.dmg} ;;
        *) fail "the disk image has been renamed: its name holds no key" ;;
    esac
fi
given=$(printf %s "$key" | shasum -a 256)
[ "${given%% *}" = "$FINGERPRINT" ] || fail "the key is not valid for $SITE"
[ "$(date +%s)" -lt "$EXPIRES" ] || fail "this installer has expired"
short=$(printf %s "$key" | cut -c 1-12)
[ ! -e "/Applications/.com.bomgar.${PRODUCT#bomgar-}.$short" ] || fail "the Jump Client is installed already"

if [ -n "$appliance" ]; then
    case $(tell begin "$FINGERPRINT" "$(hostname)") in
        go) ;;
        no) fail "this installer is not valid any more on $SITE" ;;
        *) fail "the appliance $SITE cannot be reached" ;;
    esac
fi

printf 'site=%s\nkey_sha256=%s\nid=%s\n%s' "$SITE" "$FINGERPRINT" "$(date +%s)-$$" "$settings" |
    nohup sh "$0" --unpack "$short" >/dev/null 2>&1 &
echo "Installation complete."
exit 0
