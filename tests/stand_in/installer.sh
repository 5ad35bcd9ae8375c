# What does a vendor's Linux installer accept, refuse and leave behind? (A stand-in, for tests only.)
# shellcheck shell=sh disable=SC2154
#
# tests/stand_in/build puts the settings of one installer above this text. The rules are the ones of
# the vendor's Jump Client guide; where the guide is silent the comments say what was chosen.

# The start is recorded first of all and without a program but `date`: the record must not slow it down.
read -r started _ </proc/uptime
while read -r word number _; do
    case $word in Uid:) caller=$number; break ;; esac
done </proc/self/status

newline='
'
arguments=''
for word in "$@"; do
    case $word in
        '' | *[!A-Za-z0-9_./:=@%+,-]*)
            # One line for one start: a line feed inside an argument must not make two.
            while :; do
                case $word in *"$newline"*) word="${word%%"$newline"*}?${word#*"$newline"}" ;; *) break ;; esac
            done
            safe=''
            while :; do
                case $word in *\'*) safe=$safe${word%%\'*}"'\\''" word=${word#*\'} ;; *) break ;; esac
            done
            word="'$safe$word'" ;;
    esac
    arguments="$arguments $word"
done

records=/var/lib/jump-client-stand-in
[ -d $records ] || { mkdir -p $records && chmod 1777 $records; } 2>/dev/null
{ echo "$started $(date +%s.%N) $$ $caller$arguments" >>"$records"/starts; } 2>/dev/null

# shellcheck disable=SC2329 # the trap below calls it
ended() {
    status=$?
    trap - EXIT
    read -r now _ </proc/uptime
    { echo "$now $(date +%s.%N) $$ $status" >>"$records"/ends; } 2>/dev/null
    exit "$status"
}
trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What the shell would say of the vendor's program, were it for other processors.
case $ARCH:$(uname -m) in
    :* | x86_64:x86_64 | arm64:aarch64 | armhf:armv[67]*) ;;
    *)
        if [ "$ARCH" != armhf ] || [ ! -e /lib/ld-linux-armhf.so.3 ]; then
            echo "$0: $PRODUCT: cannot execute binary file: Exec format error" >&2
            exit 126
        fi ;;
esac

log() {
    if [ -S /dev/log ] && command -v logger >/dev/null; then
        logger -t jump-client-installer -- "$*"
    else
        { echo "$(date '+%Y-%m-%dT%H:%M:%S%z') jump-client-installer[$$]: $*" \
            >>/var/log/jump-client-installer.log; } 2>/dev/null
    fi
}

fail() {
    echo "Error: $*" >&2
    log "installation failed: $*"
    exit 1
}

# --- How it was told to misbehave ---

WILL_deny='' WILL_partial='' WILL_offline='' WILL_busy='' appliance=''
if [ -r /etc/jump-client-stand-in ]; then
    while IFS='=' read -r word value; do
        case $word in
            sleep) WILL_sleep=$value ;;
            hang) WILL_hang=$value ;;
            exit) WILL_exit=$value ;;
            busy) WILL_busy=$value ;;
            lie) WILL_lie=$value ;;
            deny) WILL_deny=$value ;;
            partial) WILL_partial=$value ;;
            offline) WILL_offline=$value ;;
            appliance) appliance=$value ;;
        esac
    done </etc/jump-client-stand-in
fi

# In the background and waited for: a shell that waits hears a signal, one that runs `sleep` does not.
pause() {
    sleep "$1" &
    pausing=$!
    trap 'kill $pausing; exit 143' TERM
    trap 'kill $pausing; exit 130' INT
    trap 'kill $pausing; exit 129' HUP
    wait $pausing
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 129' HUP
}

[ -z "$WILL_sleep" ] || pause "$WILL_sleep"
[ -z "$WILL_hang" ] || [ "$WILL_hang" = 0 ] || pause infinity
# The first so many starts meet a package manager at work.
if [ -n "$WILL_busy" ] && [ "$(wc -l <"$records"/starts)" -le "$WILL_busy" ]; then
    echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)" >&2
    exit 100
fi
if [ -n "$WILL_exit" ]; then
    [ "$WILL_exit" = 0 ] || echo "Error: the installation could not be completed." >&2
    exit "$WILL_exit"
fi
if [ -n "$WILL_lie" ] && [ "$WILL_lie" != 0 ]; then
    echo "Installation complete."
    exit 0
fi

# --- The command line ---

scope=system startup=auto headless=no session_user='' user='' key='' directory=''
settings=''

usage() {
    cat <<END
usage: sh $(basename "$0") [--install-dir DIR] [--key-info KEY] [--scope system|user]
    [--startup auto|systemd|xdg|none] [--headless] [--online-install] [--session-user USER]
    [--jc-name NAME] [--jc-jump-group jumpgroup:CODE|user:NAME] [--jc-jump-policy CODE]
    [--jc-session-policy CODE] [--jc-tag TAG] [--jc-comments TEXT] [--jc-max-offline-minutes N]
    [--jc-ephemeral]
END
}

# Which options this generation knows. What it does not know fails the installation.
known() {
    case $PRODUCT-$MODE:$1 in
        *:--install-dir | *:--key-info) ;;
        sra-pin-*:--scope | sra-pin-*:--startup | sra-pin-*:--headless | sra-pin-*:--online-install) ;;
        sra-pin-*:--session-user | sra-pin-*:--help | sra-pin-*:--jc-*) ;;
        bomgar-*-service:--silent | bomgar-*-service:--jc-*) ;;
        bomgar-*-headless:--user) ;;
        bomgar-*-headless:--jc-jump-group | bomgar-*-headless:--jc-jump-policy) ;;
        bomgar-*-headless:--jc-tag | bomgar-*-headless:--jc-comments) ;;
        *) fail "unknown option: $1" ;;
    esac
}

permitted() {
    case $OVERRIDES in *" $1 "*) ;; *) fail "the option --jc-$2 may not be overridden for this installer" ;; esac
    case ",$WILL_deny," in *",$1,"*) fail "the option --jc-$2 may not be overridden for this installer" ;; esac
}

# Bytes are counted first, which needs no program; characters only where the bytes are too many.
no_longer_than() {
    [ ${#2} -le "$1" ] || [ "$(printf %s "$2" | LC_ALL=C.UTF-8 wc -m)" -le "$1" ] ||
        fail "the value of --jc-$3 is longer than $1 characters"
}

override() {
    permitted "$1" "$2"
    case $3 in *[[:cntrl:]]*) fail "the value of --jc-$2 has control characters" ;; esac
    settings="${settings}jc_$1=$3$newline"
}

minutes_from=''
while [ $# -gt 0 ]; do
    known "$1"
    case $1 in
        --silent | --headless | --online-install | --help | --jc-ephemeral) ;;
        *) [ $# -ge 2 ] || fail "the option $1 needs a value" ;;
    esac
    case $1 in
        --silent) ;;
        --help) usage; exit 0 ;;
        --headless) headless=yes ;;
        --online-install) [ -z "$WILL_offline" ] || fail "the appliance $SITE cannot be reached" ;;
        --jc-ephemeral)
            [ -z "$minutes_from" ] || fail "--jc-ephemeral and --jc-max-offline-minutes exclude each other"
            minutes_from=ephemeral
            override max_offline_minutes ephemeral 5 ;;
        --jc-max-offline-minutes)
            [ -z "$minutes_from" ] || fail "--jc-ephemeral and --jc-max-offline-minutes exclude each other"
            minutes_from=minutes
            case $2 in '' | *[!0-9]*) fail "--jc-max-offline-minutes needs a number of minutes, not $2" ;; esac
            override max_offline_minutes max-offline-minutes "$2" ;;
        --jc-name) no_longer_than 128 "$2" name; override name name "$2" ;;
        --jc-tag) no_longer_than 64 "$2" tag; override tag tag "$2" ;;
        --jc-comments) no_longer_than 1024 "$2" comments; override comments comments "$2" ;;
        --jc-jump-policy) override jump_policy jump-policy "$2" ;;
        --jc-session-policy) override session_policy session-policy "$2" ;;
        --jc-jump-group)
            case $2 in
                jumpgroup:?* | user:?*) ;;
                *) fail "--jc-jump-group needs jumpgroup:CODE or user:NAME, not $2" ;;
            esac
            override jump_group jump-group "$2" ;;
        --install-dir) directory=$2 ;;
        --key-info) key=$2 ;;
        --user) user=$2 ;;
        --session-user) session_user=$2 ;;
        --scope)
            case $2 in system | user) scope=$2 ;; *) fail "--scope is system or user, not $2" ;; esac ;;
        --startup)
            case $2 in
                auto | systemd | xdg | none) startup=$2 ;;
                *) fail "--startup is auto, systemd, xdg or none, not $2" ;;
            esac ;;
        *) fail "unknown option: $1" ;;
    esac
    case $1 in
        --silent | --headless | --online-install | --jc-ephemeral) shift ;;
        *) shift 2 ;;
    esac
done

# --- The key and its time ---

if [ -z "$key" ]; then
    name=${0##*/}
    case $name in
        "$STEM"-*.bin) key=${name#"$STEM"-} key=${key%.bin} ;;
        "$STEM"-*.desktop) key=${name#"$STEM"-} key=${key%.desktop} ;;
        *) fail "this file has been renamed: its name holds no key, and no --key-info was given" ;;
    esac
fi
given=$(printf %s "$key" | sha256sum)
[ "${given%% *}" = "$FINGERPRINT" ] || fail "the key is not valid for $SITE"
[ "$(date +%s)" -lt "$EXPIRES" ] || fail "this installer has expired"

# Where the appliance can be reached, it is asked whether it still takes this installer.
if [ -n "$appliance" ]; then
    # shellcheck disable=SC2016 # bash has to read it
    answer=$(bash -c 'exec 3<>"/dev/tcp/${1%:*}/${1#*:}" && printf "begin\t%s\t%s\n" "$2" "$HOSTNAME" >&3 && head -n 1 <&3' \
        begin "$appliance" "$FINGERPRINT" 2>/dev/null)
    case $answer in
        go) ;;
        no) fail "this installer is not valid any more on $SITE" ;;
        *) fail "the appliance $SITE cannot be reached" ;;
    esac
fi

# --- Who installs, and where ---

if [ "$PRODUCT" = sra-pin ]; then
    [ "$scope" = user ] || [ "$caller" = 0 ] || fail "--scope system needs root"
    [ -z "$session_user" ] || { [ "$scope" = system ] && [ $headless = yes ]; } ||
        fail "--session-user goes with --scope system and --headless only"
    [ -z "$session_user" ] || id -u "$session_user" >/dev/null 2>&1 || fail "the user $session_user does not exist"
    short=$(printf %.12s "$key")
    if [ -z "$directory" ]; then
        directory=$HOME/.beyondtrust/sra-pin-$short
        [ "$scope" = user ] || directory=/opt/beyondtrust/sra-pin-$short
        default_parent=${directory%/*}
    fi
elif [ "$MODE" = service ]; then
    [ "$caller" = 0 ] || fail "a service mode installation needs root"
    if [ -z "$directory" ]; then
        directory=/opt/bomgar/$PRODUCT-$key
        default_parent=${directory%/*}
    fi
else
    [ "$caller" != 0 ] || [ -n "$user" ] || {
        echo "Warning: installing the Jump Client under the root context is not recommended." >&2
        fail "as root, --user USERNAME is required to say which user the process should run as"
    }
    # The guide shows no headless installation without a folder.
    [ -n "$directory" ] || fail "--install-dir is required"
fi

me=$(id -un)
[ -n "$user" ] || user=$me
id -u "$user" >/dev/null 2>&1 || fail "the user $user does not exist"
[ "$caller" = 0 ] || [ "$user" = "$me" ] || fail "only root can install for the user $user"

case $directory in
    /*) ;;
    *) directory=$PWD/$directory ;;
esac
directory=${directory%/}
case $directory in
    *[!A-Za-z0-9_./@+,\ -]*) fail "the folder $directory has characters that an installation folder cannot have" ;;
esac
parent=${directory%/*}
parent=${parent:-/}
if [ -e "$directory" ] || [ -h "$directory" ]; then fail "the folder $directory already exists"; fi
# The vendor's own default folder is the only one whose parents the installer makes itself.
if [ "${default_parent:-}" != "$parent" ] || [ -e "$parent" ]; then
    [ -d "$parent" ] || fail "the folder $parent does not exist"
    [ -w "$parent" ] || fail "the folder $parent cannot be written to"
    [ "$caller" != 0 ] || [ "$user" = root ] || runuser -u "$user" -- test -x "$parent" ||
        fail "the user $user has no rights to the folder $parent"
fi

systemd=no
[ ! -d /run/systemd/system ] || systemd=yes
unit=''
if [ "$PRODUCT" = sra-pin ]; then
    case $startup in
        auto)
            if [ "$scope" = system ] && [ $systemd = yes ]; then startup=systemd; else startup=process; fi ;;
        systemd)
            # A user's own service manager is not part of this stand-in.
            [ $systemd-"$scope" = yes-system ] || fail "--startup systemd: no service manager for this scope" ;;
        xdg) [ $headless = no ] || fail "--startup xdg needs a desktop: it excludes --headless" ;;
    esac
    [ "$startup" != systemd ] || unit=${directory##*/}.service
elif [ "$MODE" = service ]; then
    startup=process
    [ $systemd = no ] || startup=systemd unit=$PRODUCT-$key.service
else
    startup=none
fi
autostart=''
if [ "$startup" = xdg ]; then
    autostart=/etc/xdg/autostart/${directory##*/}.desktop
    [ "$scope" = system ] || autostart=$HOME/.config/autostart/${directory##*/}.desktop
fi
[ -z "$unit" ] || [ ! -e "/etc/systemd/system/$unit" ] || fail "the service $unit already exists"

# --- Nothing above has changed anything; from here on things are made ---

[ -z "${default_parent:-}" ] || mkdir -p "$default_parent" || fail "the folder $default_parent cannot be made"
mkdir "$directory" || fail "the folder $directory cannot be made"
echo "Installing to $directory"
if [ -n "$WILL_partial" ] && [ "$WILL_partial" != 0 ]; then
    echo "incomplete" >"$directory/settings.ini"
    fail "the connection to $SITE was lost"
fi

cp "$(command -v sleep)" "$directory/$PRODUCT" || fail "the folder $directory cannot be written to"
{
    echo "site=$SITE"
    echo "key_sha256=$FINGERPRINT"
    echo "generation=$PRODUCT"
    if [ "$PRODUCT" = sra-pin ]; then echo "mode=$scope"; else echo "mode=$MODE"; fi
    [ "$PRODUCT" != sra-pin ] || echo "headless=$headless"
    echo "startup=$startup"
    echo "user=$user"
    [ -z "$session_user" ] || echo "session_user=$session_user"
    echo "expires=$EXPIRES"
    [ -z "$appliance" ] || {
        echo "id=$(cat /proc/sys/kernel/random/uuid)"
        echo "appliance=$appliance"
    }
    printf %s "$settings"
} >"$directory/settings.ini"

{
    echo '#!/bin/sh'
    echo "DIRECTORY='$directory' CLIENT=$PRODUCT OWNER='$user' UNIT='$unit' EXPIRES=$EXPIRES SITE=$SITE"
    cat <<'END'
### BEGIN INIT INFO
# Provides:          jump-client
# Required-Start:    $network $remote_fs
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Jump Client
### END INIT INFO
pid_file=$DIRECTORY/$CLIENT.pid

# Section, setting and methods are the guide's. What the client does to broken ones it does not say: here it ends.
CONNECT='
value() { tr -d "\r" <"$1" | sed -n "/^\[$2\]/,/^\[/s/^$3=//p" | head -n 1; }
method=$(value "$1" "Proxy\\\\Manual" ProxyMethod)
while [ -z "$method" ]; do read -r -t 3600 _ <> <(:) || :; done
[ "$(value "$1" Proxy version)" = 1 ] || exit 1
host=$(value "$1" "Proxy\\\\Manual" ProxyHost) port=$(value "$1" "Proxy\\\\Manual" ProxyPort)
case $method in
    0) host=$2 port=443 ;;
    100 | 200) case $host:$port in :* | *: | *:*[!0-9]*) exit 1 ;; esac ;;
    *) exit 1 ;;
esac
# Passwords are made unreadable, and still known to the client.
for name in ProxyUser ProxyPass; do
    word=$(value "$1" Proxy "$name")
    case $word in
        "" | hashed:*) ;;
        *) sed -i "s/^$name=.*/$name=hashed:$(printf %s "$word" | base64 -w 0 | tr / _)/" "$1" ;;
    esac
done
login=
for name in ProxyUser ProxyPass; do
    word=$(value "$1" Proxy "$name")
    login=$login:$(printf %s "${word#hashed:}" | tr _ / | base64 -d)
done
login=$(printf %s "${login#:}" | base64 -w 0)
while :; do
    if exec 3<>"/dev/tcp/$host/$port"; then
        answer=
        case $method in
            0) answer="HTTP/1.1 200" ;;
            100)
                printf "CONNECT %s:443 HTTP/1.1\r\nProxy-Authorization: Basic %s\r\n\r\n" "$2" "$login" >&3
                read -r answer <&3 ;;
            200)
                printf "\4\1\1\273\177\0\0\1\0" >&3
                [ "$(head -c 2 <&3 | od -An -tx1 | tr -d " ")" != 005a ] || answer="HTTP/1.1 200" ;;
        esac
        case $answer in HTTP/1.?" 200"*) while read -r _ <&3; do :; done ;; esac
        exec 3>&-
    fi
    sleep 1
done
'

# The settings are what a client of the vendor's would tell its appliance, as far as that is known from the records.
HELLO='
IFS=
while :; do
    if exec 3<>"/dev/tcp/${2%:*}/${2#*:}"; then
        {
            printf "hello\thostname=%s\tfqdn=%s" "$HOSTNAME" "$(hostname -f 2>/dev/null || echo "$HOSTNAME")"
            while read -r line; do case $line in key_sha256=* | id=* | jc_*) printf "\t%s" "$line" ;; esac; done <"$1"
            echo
        } >&3
        while read -r _ <&3; do :; done
        exec 3>&-
    fi
    sleep 1
done
'

# A number in a file may long belong to another process: it must still be this folder's client.
running() {
    pid=
    [ ! -r "$pid_file" ] || read -r pid <"$pid_file"
    [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
    case $(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline") in
        # Emulated, a process has its emulator in front.
        "$DIRECTORY/$CLIENT"* | */qemu-*"$DIRECTORY/$CLIENT"*) return 0 ;;
    esac
    return 1
}

start() {
    if running; then
        echo "The Jump Client is already running."
        return 0
    fi
    : >"$DIRECTORY/.started"
    cd / || return 1
    if grep -qs '^dies=1' /etc/jump-client-stand-in; then
        echo "Starting the Jump Client."
        return 0
    fi
    # Only a client whose settings name a proxy does more than to be there: it connects as they say.
    if grep -qs '^\[Proxy' "$DIRECTORY/settings.ini"; then
        mkdir -p "$DIRECTORY/$CLIENT.d" || return 1
        cp "$(command -v bash)" "$DIRECTORY/$CLIENT.d/$CLIENT" 2>/dev/null
        setsid "$DIRECTORY/$CLIENT.d/$CLIENT" -c "$CONNECT" "$CLIENT" "$DIRECTORY/settings.ini" "$SITE" \
            </dev/null >/dev/null 2>&1 &
    elif appliance=$(sed -n 's/^appliance=//p' "$DIRECTORY/settings.ini") && [ -n "$appliance" ]; then
        mkdir -p "$DIRECTORY/$CLIENT.d" || return 1
        cp "$(command -v bash)" "$DIRECTORY/$CLIENT.d/$CLIENT" 2>/dev/null
        setsid "$DIRECTORY/$CLIENT.d/$CLIENT" -c "$HELLO" "$CLIENT" "$DIRECTORY/settings.ini" "$appliance" \
            </dev/null >/dev/null 2>&1 &
    else
        setsid "$DIRECTORY/$CLIENT" infinity </dev/null >/dev/null 2>&1 &
    fi
    echo $! >"$pid_file"
    # Until the name is the client's, not yet the shell's that became it.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        ! running || break
        sleep 0.05
    done
    running || { echo "Error: the Jump Client did not start." >&2; return 1; }
    echo "Starting the Jump Client."
}

stop() {
    if running; then
        kill "$pid"
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            running || break
            sleep 0.1
        done
        ! running || kill -9 "$pid"
    fi
    rm -f "$pid_file"
    echo "The Jump Client is stopped."
}

case ${1:-} in
    status)
        if running; then
            echo "The Jump Client is running."
            exit 0
        fi
        echo "The Jump Client is stopped."
        exit 3 ;;
    start | stop | restart) ;;
    *)
        echo "usage: $0 start|stop|restart|status" >&2
        exit 2 ;;
esac

if [ "$(id -un)" != "$OWNER" ] && [ "$(id -u)" != 0 ]; then
    echo "Error: only root or $OWNER may $1 the Jump Client." >&2
    exit 4
fi
if [ "$1" != stop ] && [ ! -e "$DIRECTORY/.started" ] && [ "$(date +%s)" -ge "$EXPIRES" ]; then
    echo "Error: the installer expired before the first start; the Jump Client uninstalls itself." >&2
    [ ! -S /dev/log ] || logger -t jump-client "expired before its first start: uninstalled"
    cd / && echo y | "$DIRECTORY/uninstall" >/dev/null
    exit 1
fi
if [ "$(id -un)" != "$OWNER" ]; then
    cd / && exec runuser -u "$OWNER" -- "$DIRECTORY/init-script" "$1"
fi

case $1 in
    start) start ;;
    stop) stop ;;
    restart) stop && start ;;
esac
END
} >"$directory/init-script"

{
    echo '#!/bin/sh'
    echo "DIRECTORY='$directory' CLIENT=$PRODUCT OWNER='$user' UNIT='$unit' AUTOSTART='$autostart'"
    cat <<'END'
if [ "$(id -u)" != 0 ] && [ "$(id -un)" != "$OWNER" ]; then
    echo "Error: only root or $OWNER may uninstall the Jump Client." >&2
    exit 4
fi
printf 'Do you want to uninstall? [y/N] '
answer=
read -r answer
echo
case $answer in
    y | Y | yes) ;;
    *)
        echo "Not uninstalled."
        exit 1 ;;
esac
cd / || exit 1
# How it was told to misbehave.
if [ -r /etc/jump-client-stand-in ]; then
    while IFS='=' read -r word value; do
        case $word-$value in
            uninstall-stuck)
                echo "The Jump Client has been uninstalled."
                exit 0 ;;
            uninstall-fail)
                echo "Error: the Jump Client could not be uninstalled." >&2
                exit 9 ;;
            uninstall-*) sleep "$value" ;;
        esac
    done </etc/jump-client-stand-in
fi
# Its own unit only: one that somebody else wrote for it stays.
if [ -n "$UNIT" ] && [ -e "/etc/systemd/system/$UNIT" ]; then
    systemctl disable --now "$UNIT" >/dev/null 2>&1
    rm -f "/etc/systemd/system/$UNIT"
    systemctl daemon-reload
fi
[ -z "$AUTOSTART" ] || rm -f "$AUTOSTART"
"$DIRECTORY/init-script" stop >/dev/null
appliance=$(sed -n 's/^appliance=//p' "$DIRECTORY/settings.ini")
identity=$(sed -n 's/^id=//p' "$DIRECTORY/settings.ini")
# shellcheck disable=SC2016 # bash has to read it
[ -z "$appliance" ] || bash -c 'exec 3<>"/dev/tcp/${1%:*}/${1#*:}" && printf "bye\t%s\n" "$2" >&3' \
    bye "$appliance" "$identity" 2>/dev/null
rm -rf "$DIRECTORY" 2>/dev/null
# The owner may empty the folder but not take it out of a parent that is not theirs.
if [ -e "$DIRECTORY" ] && [ -n "$(ls -A "$DIRECTORY")" ]; then
    echo "Error: $DIRECTORY could not be removed." >&2
    exit 1
fi
echo "The Jump Client has been uninstalled."
END
} >"$directory/uninstall"
chmod 0755 "$directory" "$directory/$PRODUCT" "$directory/init-script" "$directory/uninstall"
chmod 0640 "$directory/settings.ini"
[ "$caller" != 0 ] || chown -R "$user:" "$directory"

example_unit() {
    cat <<END
[Unit]
Description=BeyondTrust Jump Client ($SITE)
After=network-online.target
Wants=network-online.target

[Service]
Type=forking
ExecStart="$directory/init-script" start
ExecStop="$directory/init-script" stop

[Install]
WantedBy=multi-user.target
END
}

undo() {
    [ -z "$unit" ] || rm -f "/etc/systemd/system/$unit"
    rm -rf "$directory"
    fail "$*"
}

case $startup in
    systemd)
        example_unit >"/etc/systemd/system/$unit"
        { systemctl daemon-reload && systemctl enable --quiet "$unit" && systemctl start "$unit"; } ||
            undo "the service $unit could not be started" ;;
    process) "$directory/init-script" start >/dev/null || undo "the Jump Client could not be started" ;;
    xdg)
        mkdir -p "${autostart%/*}"
        printf '[Desktop Entry]\nType=Application\nName=Jump Client\nExec="%s/init-script" start\n' "$directory" \
            >"$autostart"
        "$directory/init-script" start >/dev/null || undo "the Jump Client could not be started" ;;
    none)
        if [ "$PRODUCT" != sra-pin ]; then
            echo "The Jump Client must be started before the installer expires:"
            echo "    $directory/init-script start"
            echo "and at every boot. Example systemd service:"
            echo
            example_unit
        fi ;;
esac
echo
log "installed in $directory"
echo "Installation complete."
exit 0
