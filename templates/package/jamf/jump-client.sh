#!/bin/sh
# Installs the BeyondTrust Jump Client of {{ site }} on a Mac: a script for Jamf Pro. Made by jumpfleet.
#
# The policy caches the disk image, then runs this. Parameters 4 to 10 are values of this policy's own, and go before
# what stands below; their labels are in README.md. Parameter 11 is the key of an installer that has none in its name.
#
# Exit codes: 0 installed, or a client is there already; every other one makes the policy a failed one, with the
# reason in its log: 64 parameters, 66 no such installer, 69 not for this Mac, 70 the installer failed,
# 73 and 74 files, 75 an installer is at work, 76 a client came meanwhile, 77 not root, 78 the installer has expired.
# shellcheck disable=SC2317 # the steps are called by their names
{{ values }}
{{ steps }}
{{ visit }}

# --- The policy ---

settings={{ settings }}
# A value of the policy for a setting that this package was made with.
given() {
    [ -n "$2" ] || return 0
    case " $settings " in *" $1 "*) ;; *) leave 64 "the package was made without $1: put it into the inventory" ;; esac
    eval "package_$1=\$2"
}

folder='/Library/Application Support/JAMF/Waiting Room'
open_work
trap 'leave 70 "the policy was ended"' HUP INT TERM
computer=${2:-$(hostname)}
values_of "$computer"
given jc_name "${4:-}"
given jc_jump_group "${5:-}"
given jc_jump_policy "${6:-}"
given jc_session_policy "${7:-}"
given jc_tag "${8:-}"
given jc_comments "${9:-}"
given jc_max_offline_minutes "${10:-}"
package_key=${11:-}
for setting in $settings; do
    eval "value=\${package_$setting:-}"
    # shellcheck disable=SC2154 # the line above
    if [ -z "$value" ]; then
        leave 64 "$setting differs from Mac to Mac, and the package does not know $computer: give the parameter"
    fi
done
look
if is_there; then
    say "already present: $(what_is_there)"
    leave 0
fi
install_from "$folder"
rm -f -- "$folder/$package_file_name" "$folder/$package_file_name.cache.xml"
say "installed: $(trace install_directory)"
leave 0
