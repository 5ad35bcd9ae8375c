if [ -n "$install_dir" ] && { [ -e "$install_dir" ] || [ -L "$install_dir" ]; }; then
    stop 76 "$install_dir exists already"
fi
umask 022
if [ -n "$install_parent" ]; then mkdir -p -- "$install_parent" || exit 73; fi
umask 077
rm -f install.pid install.before install.log
cat >install.sh <<'END_OF_INSTALL' || stop 74 'cannot write to the staging folder'
