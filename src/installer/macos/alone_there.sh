# Names do not tell one of the vendor's clients from another, so of several none is removed. A newer application has its
# site in its name.
newline='
'
several() {
    printf 'more than one client is there, and nothing tells which one is meant: remove the others by hand:\n%s\n' "$1" >&2
    exit 65
}
there=$(client_folders)
case $there in *"$newline"*) several "$there" ;; esac
daemons=$(client_daemons | grep -v '\.helper\.plist$')
case $daemons in *"$newline"*) several "$daemons" ;; esac
lower() { printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]'; }
case $there in
    '/Applications/BeyondTrust Jump Client - '*.app)
        named=${there#*' - '}
        named=${named%.app}
        is=other
        if [ "$(lower "$named")" = "$(lower "$site")" ]; then is=own; fi
        if [ "$is" != "$which" ]; then
            printf 'the client is of %s: it is not the one that is meant\n' "$named" >&2
            exit 65
        fi
        ;;
esac
