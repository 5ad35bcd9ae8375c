LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
newline='
'
# Said in one piece at the end: every write would be a packet of its own, on both sides.
said=$newline
fact() { [ -z "$2" ] || said="$said::jumpfleet:: fact $1 ${2%%"$newline"*}$newline"; }
trace() { said="$said::jumpfleet:: trace $1 ${2%%"$newline"*}$newline"; }
seen() { if [ "$1" = "$own" ]; then trace "$2" "$3"; else trace other_generation "$3"; fi; }
first_line() { { IFS= read -r line <"$1"; } 2>/dev/null || line=; }

# The nearest folder above that is there.
there() {
    folder=$1
    while [ -n "$folder" ] && [ ! -d "$folder" ]; do folder=${folder%/*}; done
    folder=${folder:-/}
}

# A process costs a millisecond, and thousands of hosts are looked at: as few as can be are started.
first_line /proc/sys/kernel/ostype
os=$line
first_line /proc/sys/kernel/osrelease
kernel=$line
# The shell's own file, an ELF of machine 62, tells an Intel processor as uname would.
first_line /proc/self/exe
case $line in
    ?ELF????\>* | ?ELF?????\>*) arch=x86_64 ;;
    *) arch= ;;
esac
if [ -z "$os" ] || [ -z "$kernel" ] || [ -z "$arch" ]; then
    read -r os kernel arch <<SYSTEM
$(uname -srm)
SYSTEM
fi
fact os "$os"
fact arch "$arch"
fact kernel "$kernel"
# The kernel's word is not the system's: each kind of programs has a loader of its own.
loaders=
if [ -e /lib/ld-linux.so.2 ]; then loaders="$loaders x86"; fi
if [ -e /lib64/ld-linux-x86-64.so.2 ]; then loaders="$loaders x86_64"; fi
if [ -e /lib/ld-linux-armhf.so.3 ]; then loaders="$loaders arm"; fi
if [ -e /lib/ld-linux-aarch64.so.1 ]; then loaders="$loaders arm64"; fi
fact loaders "${loaders# }"
model=
for path in /proc/device-tree/model /sys/firmware/devicetree/base/model; do
    # The text has no line feed, and so its end is that of the file.
    if [ -z "$model" ]; then { IFS= read -r model <"$path"; } 2>/dev/null; fi
done
fact model "$model"
if [ -r /etc/os-release ]; then
    distribution=
    release=
    while IFS='=' read -r key value; do
        value=${value#[\"\']}
        value=${value%[\"\']}
        case $key in ID) distribution=$value ;; VERSION_ID) release=$value ;; esac
    done </etc/os-release
    fact distribution "$distribution${release:+ $release}"
fi
uid=
if [ -r /proc/self/status ]; then
    while read -r key _ value _; do
        if [ "$key" = Uid: ]; then
            uid=$value
            break
        fi
    done </proc/self/status
fi
fact uid "${uid:-$(id -u)}"
fact login "${SUDO_USER:-$(id -un)}"
first_line /proc/sys/kernel/random/boot_id
[ -n "$line" ] || line=$(sysctl -n kern.bootsessionuuid 2>/dev/null)
fact boot_id "$line"
for tool in sha256sum shasum openssl none; do
    if [ "$tool" = none ] || command -v "$tool" >/dev/null 2>&1; then
        fact digest_tool "$tool"
        break
    fi
done
systemd=no
if [ -d /run/systemd/system ]; then systemd=yes; fi
fact systemd "$systemd"
there "$staging"
staging_place=$folder
there "${install_parent:-/}"
{
    read -r _
    for name in staging_free_kib install_free_kib; do
        read -r _ _ _ kib _ || kib=
        if [ "$name" = install_free_kib ] && [ -z "$install_parent" ]; then continue; fi
        case $kib in '' | *[!0-9]*) ;; *) fact "$name" "$kib" ;; esac
    done
} <<ROOM
$(df -Pk "$staging_place" "$folder" 2>/dev/null </dev/null)
ROOM
account() {
    case $1 in
        [!A-Za-z_]* | *[!A-Za-z0-9._-]*) ;;
        # The shell asks for the account's home wherever accounts are kept, and leaves the word if there is none.
        *)
            home=
            eval "home=~$1"
            if [ "$home" != "~$1" ]; then return 0; fi
            ;;
    esac
    id -u -- "$1" >/dev/null 2>&1 </dev/null
}
if [ -n "$user" ]; then
    if account "$user"; then fact user_exists yes; else fact user_exists no; fi
fi
if [ -n "$install_parent" ]; then
    if [ ! -d "$install_parent" ]; then
        fact install_parent missing
    elif [ -w "$install_parent" ]; then
        fact install_parent writable
    else
        fact install_parent read_only
    fi
fi

client=
if [ -n "$install_dir" ] && { [ -e "$install_dir" ] || [ -L "$install_dir" ]; }; then
    client=$install_dir
    trace install_directory "$install_dir"
fi
directory() {
    [ -d "$2" ] && [ "$2" != "$install_dir" ] || return 0
    seen "$1" install_directory "$2"
    # In a home the account may put what it likes; nothing there is run.
    case $2 in /opt/*) if [ "$1" = "$own" ] && [ -z "$client" ]; then client=$2; fi ;; esac
}
for path in /opt/bomgar/bomgar-pec-* /opt/bomgar/bomgar-scc-*; do directory bomgar "$path"; done
for path in /opt/beyondtrust/sra-* /root/.beyondtrust-scc-* /home/*/.beyondtrust-scc-*; do
    directory sra "$path"
done
fact client_dir "$client"

told=
process() {
    case "$told" in *" $1 "*) return 0 ;; esac
    case $1 in
        bomgar-pec | bomgar-scc) seen bomgar process "$1" ;;
        sra-pin | sra-scc) seen sra process "$1" ;;
        *) return 0 ;;
    esac
    told="$told $1 "
}
processes=none
for path in /proc/[0-9]*/comm; do
    { IFS= read -r name <"$path"; } 2>/dev/null || continue
    processes=own
    case $name in
        bomgar-pec | bomgar-scc | sra-pin | sra-scc)
            if living_here "${path%/comm}"; then process "$name"; fi
            ;;
    esac
done
if [ "$processes" = none ]; then
    list=$(ps -A -o comm= 2>/dev/null) && processes=all
    while IFS= read -r name; do process "${name##*/}"; done <<LIST
$list
LIST
elif [ -r /proc/1/comm ]; then
    processes=all
fi
fact processes "$processes"

found=
service() {
    seen "$1" service "$2"
    case $2 in
        *.service)
            if [ "$1" = "$own" ]; then
                # The unit with the expected name comes before any other.
                if [ -z "$found" ] || [ "${2##*/}" = "$unit" ]; then found=${2##*/}; fi
            fi
            ;;
    esac
}
for path in /etc/systemd/system/*.service /usr/lib/systemd/system/*.service /lib/systemd/system/*.service \
    /etc/init.d/*; do
    # On merged systems `/lib` is `/usr/lib`, and every unit would be seen twice.
    case $path in /lib/*) if [ -L /lib ]; then continue; fi ;; esac
    # A masked unit is a link to an empty file.
    case ${path##*/} in
        bomgar-*) if [ -s "$path" ]; then service bomgar "$path"; fi ;;
        sra-*) if [ -s "$path" ]; then service sra "$path"; fi ;;
        jumpfleet-jump-client | jumpfleet-jump-client.service)
            if [ -e "$path" ] || [ -L "$path" ]; then service "$own" "$path"; fi
            ;;
    esac
done
naming() {
    generation=$1
    shift
    list=$(grep -lsF "$@" /etc/systemd/system/*.service /etc/init.d/* </dev/null)
    while IFS= read -r path; do
        case ${path##*/} in
            '' | bomgar-* | sra-* | jumpfleet-jump-client*) ;;
            *) service "$generation" "$path" ;;
        esac
    done <<LIST
$list
LIST
}
# Most hosts have no such unit, and one search tells.
if grep -qsF -e /opt/bomgar/bomgar- -e /opt/beyondtrust/sra- -e "${install_dir:-/opt/bomgar/bomgar-}/" \
    /etc/systemd/system/*.service /etc/init.d/* </dev/null; then
    naming bomgar -e /opt/bomgar/bomgar-
    naming sra -e /opt/beyondtrust/sra-
    if [ -n "$install_dir" ]; then naming "$own" -e "$install_dir/"; fi
fi
unit=${found:-$unit}
if [ -n "$unit" ] && [ "$systemd" != no ] && [ -n "$found$client" ]; then
    fact unit "$unit"
    shown=$(systemctl show -p ActiveState -p UnitFileState -- "$unit" 2>/dev/null </dev/null)
    while IFS='=' read -r key value; do
        case $key in
            ActiveState) fact unit_active "$value" ;;
            UnitFileState) fact unit_enabled "${value:-no}" ;;
        esac
    done <<SHOWN
$shown
SHOWN
fi
for path in /etc/rc[0-9S].d/S*jumpfleet-jump-client /etc/rc.d/rc[0-9].d/S*jumpfleet-jump-client; do
    if [ -e "$path" ]; then
        fact init_boot yes
        break
    fi
done
if [ "$ask_init_script" = yes ] && [ -x "$client/init-script" ]; then
    "$client/init-script" status >/dev/null 2>&1 </dev/null
    fact init_status "$?"
fi

if [ -n "$marker_file" ] && [ -e "$marker_file" ]; then
    trace marker_file "$marker_file"
    marked
fi

if installer_alive; then fact installer_running yes; else fact installer_running no; fi
first_line "$staging/install.rc"
case $line in '' | *[!0-9]*) ;; *) fact installer_status "$line" ;; esac
printf '%s::jumpfleet:: end\n' "$said"
# Behind the end nothing is believed, only shown: why this run's installer failed.
case $line in '' | 0 | *[!0-9]*) ;; *) tail -c 8192 "$staging/install.log" 2>/dev/null </dev/null ;; esac
