#!/bin/sh
# Installs the BeyondTrust Jump Client of {{ site }}: a script for the role's tasks. Made by jumpfleet.
#
#   sh install.sh look                 prints ABSENT, or what there is
#   sh install.sh install FOLDER       installs from the installer in FOLDER, with the key in FOLDER/key if it has none
#                                      in its name; prints INSTALLED
#
# Exit codes as in README.md. The values of overrides come in the environment.
# shellcheck disable=SC2317 # the steps are called by their names
{{ values }}
{{ steps }}
{{ visit }}

# --- The task ---

settings={{ settings }}
open_work
trap 'leave 75 "ended from outside"' HUP INT TERM
for setting in $settings; do
    eval "value=\${JUMP_CLIENT_$setting:-}"
    # shellcheck disable=SC2154 # the line above
    if [ -n "$value" ]; then eval "package_$setting=\$value"; fi
done
look
if is_there; then
    leave 0 "PRESENT: $(what_is_there)"
fi
case ${1:-} in
    look)
        fit
        not_expired
        leave 0 'ABSENT'
        ;;
    install) ;;
    *) leave 64 'usage: sh install.sh look | install FOLDER' ;;
esac
if [ -f "$2/key" ]; then package_key=$(cat -- "$2/key"); fi
# What is held this long keeps tasks from beginning more often than the site allows, also where they fail at once.
sleep "${JUMP_CLIENT_HOLD:-0}"
install_from "$2"
leave 0 "INSTALLED: $(trace install_directory)"
