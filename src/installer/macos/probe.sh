LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
newline='
'
fact() { [ -z "$2" ] || printf '::jumpfleet:: fact %s %s\n' "$1" "${2%%"$newline"*}"; }
trace() { printf '::jumpfleet:: trace %s %s\n' "$1" "${2%%"$newline"*}"; }
first_line() { { IFS= read -r line <"$1"; } 2>/dev/null || line=; }

printf '\n'
fact os "$(uname -s)"
fact arch "$(uname -m)"
fact kernel "$(uname -r)"
fact distribution "$(sw_vers -productVersion 2>/dev/null </dev/null)"
fact uid "$(id -u)"
fact login "${SUDO_USER:-$(id -un)}"
fact boot_id "$(sysctl -n kern.bootsessionuuid 2>/dev/null </dev/null)"
fact console_user "$(stat -f %Su /dev/console 2>/dev/null </dev/null)"
for tool in sha256sum shasum openssl none; do
    if [ "$tool" = none ] || command -v "$tool" >/dev/null 2>&1; then
        fact digest_tool "$tool"
        break
    fi
done
case $staging in
    /*)
        folder=$staging
        while [ -n "$folder" ] && [ ! -d "$folder" ]; do folder=${folder%/*}; done
        df -Pk "${folder:-/}" 2>/dev/null </dev/null | {
            read -r _
            read -r _ _ _ kib _
            case $kib in '' | *[!0-9]*) ;; *) fact staging_free_kib "$kib" ;; esac
        }
        ;;
esac

while IFS= read -r path; do
    if [ -n "$path" ]; then trace install_directory "$path"; fi
done <<LIST
$(client_folders)
LIST
list=$(all_processes) && fact processes all
while IFS= read -r name; do
    if [ -n "$name" ]; then trace process "$name"; fi
done <<LIST
$(client_processes "$list")
LIST
daemon=
while IFS= read -r path; do
    if [ -z "$path" ]; then continue; fi
    trace service "$path"
    case $path in *.helper.plist) ;; *) daemon=${daemon:-$path} ;; esac
done <<LIST
$(client_daemons)
LIST
for path in /Library/LaunchAgents/com.bomgar.bomgar-*.plist; do
    if [ -e "$path" ]; then trace service "$path"; fi
done
if [ -n "$daemon" ]; then
    unit=${daemon##*/}
    unit=${unit%.plist}
    fact unit "$unit"
    if launchctl print "system/$unit" >/dev/null 2>&1 </dev/null; then
        fact unit_active active
    else
        fact unit_active inactive
    fi
fi

# What a device management allows beforehand; where profiles cannot be listed nothing is said of them.
if list=$(profiles show -all -output stdout-xml 2>/dev/null </dev/null); then
    allowed=
    case $list in
        *com.apple.TCC.configuration-profile-policy*)
            for name in com.bomgar.bomgar-pec com.bomgar.bomgar-scc; do
                case $list in *"<string>$name</string>"*) allowed="$allowed${allowed:+ }$name" ;; esac
            done
            ;;
    esac
    fact privacy_profiles "${allowed:-none}"
    allowed=
    case $list in
        *com.apple.servicemanagement*)
            case $list in *'<string>B65TM49E24</string>'*) allowed=B65TM49E24 ;; esac
            ;;
    esac
    fact login_item_profiles "${allowed:-none}"
fi

if [ -n "$marker_file" ] && [ -e "$marker_file" ]; then
    trace marker_file "$marker_file"
    marked
fi

if installer_alive; then fact installer_running yes; else fact installer_running no; fi
first_line "$staging/install.rc"
case $line in '' | *[!0-9]*) ;; *) fact installer_status "$line" ;; esac
printf '::jumpfleet:: end\n'
# Behind the end nothing is believed, only shown: why this run's installer failed.
case $line in '' | 0 | *[!0-9]*) ;; *) tail -c 8192 "$staging/install.log" 2>/dev/null </dev/null ;; esac
