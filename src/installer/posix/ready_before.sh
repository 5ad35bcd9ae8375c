# The next step says so, when it has looked once more.
if installer_alive || [ -e "$staging/install.rc" ]; then exit 0; fi
cd -- "$staging" || exit 73
umask 077
rm -f install.sh install.pid install.before install.begun install.log || exit 74
# Nothing that was put there meanwhile is written through.
set -C
cat >install.sh <<'END_OF_INSTALL' || exit 74
