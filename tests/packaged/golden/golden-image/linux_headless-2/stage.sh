#!/bin/sh
# Puts what the first boot needs into an image. Made by jumpfleet.
#
#   sh stage.sh INSTALLER [ROOT]        as the last act before the image is sealed
#   sh stage.sh --cloud-init INSTALLER [ROOT]      the same, but the unit waits for user-data to enable it
#
# ROOT is where the image is mounted; without it this machine is the image.
set -eu
enabled=yes
if [ "${1:-}" = --cloud-init ]; then
    enabled=no
    shift
fi
if [ "$#" -lt 1 ] || [ "$#" -gt 2 ]; then
    printf 'usage: sh stage.sh [--cloud-init] INSTALLER [ROOT]\n' >&2
    exit 64
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${2:-}
root=${root%/}
case ${1##*/} in
    bomgar-pec-*.bin) ;;
    *)
        printf '%s is not called %s: the file keeps the name it was downloaded with\n' "$1" 'bomgar-pec-*.bin' >&2
        exit 66
        ;;
esac
answer=$(sha256sum -- "$1")
if [ "${answer%% *}" != '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a' ]; then
    printf '%s is another file than the one this package was made for\n' "$1" >&2
    exit 66
fi
# Without it no clone could install anything, and nobody would look at one before it is needed.
wants_key=''
if [ "$wants_key" = yes ] && [ ! -s "$here/key" ]; then
    printf 'the installer has no key in its name: write it into %s first\n' "$here/key" >&2
    exit 64
fi
folder=$root/var/lib/jumpfleet-first-boot
rm -rf -- "$folder" "$root/var/lib/jumpfleet/first-boot.done" "$root/var/lib/jumpfleet/first-boot.failed"
(umask 077 && mkdir -p -- "$folder")
install -m 0600 -- "$1" "$folder/${1##*/}"
install -m 0700 -- "$here/first-boot.sh" "$folder/first-boot.sh"
if [ -f "$here/key" ]; then install -m 0600 -- "$here/key" "$folder/key"; fi
units=$root/etc/systemd/system
wanted=$units/multi-user.target.wants
mkdir -p -- "$wanted"
install -m 0644 -- "$here/jumpfleet-first-boot.service" "$units/jumpfleet-first-boot.service"
rm -f -- "$wanted/jumpfleet-first-boot.service"
if [ "$enabled" = yes ]; then ln -s -- ../jumpfleet-first-boot.service "$wanted/jumpfleet-first-boot.service"; fi
printf 'staged in %s: seal the image now; its next boot installs the client\n' "$folder"
