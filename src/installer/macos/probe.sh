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

# Names on a Mac do not tell the generation: clients of both are called com.bomgar and sdcust.
for path in /Applications/.com.bomgar.* /Users/Shared/bomgar-scc-* /Users/Shared/bomgar-pec-* \
    '/Applications/BeyondTrust Jump Client - '*.app; do
    if [ -e "$path" ]; then trace install_directory "$path"; fi
done

list=$(ps -A -o pid= -o command= 2>/dev/null) && fact processes all
told=
while read -r _ command; do
    case $command in
        # The installer on the mounted image is no client.
        "$staging"/*) continue ;;
        */sdcust*' -pinned'*) name=sdcust ;;
        */Contents/MacOS/sra-pin*) name=sra-pin ;;
        *) continue ;;
    esac
    case "$told" in *" $name "*) continue ;; esac
    told="$told $name "
    trace process "$name"
done <<LIST
$list
LIST

daemon=
for path in /Library/LaunchDaemons/com.bomgar.bomgar-*.plist /Library/LaunchDaemons/com.beyondtrust.*jump*.plist \
    /Library/LaunchDaemons/com.beyondtrust.sra-*.plist /Library/LaunchAgents/com.bomgar.bomgar-*.plist; do
    [ -e "$path" ] || continue
    trace service "$path"
    case $path in *.helper.plist | /Library/LaunchAgents/*) ;; *) daemon=${daemon:-$path} ;; esac
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
