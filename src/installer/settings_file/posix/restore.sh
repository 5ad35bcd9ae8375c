cd -P -- "$directory" && mv -f -- settings.ini.jumpfleet-backup settings.ini
