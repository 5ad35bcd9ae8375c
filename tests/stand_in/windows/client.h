/* What do the stand-in for the vendor's Windows client and its two installers have in common?
 *
 * client.c is the EXE installer, the client's service and its uninstaller, connect.c its way to the site; package.c is
 * the part of the MSI that Windows Installer calls. Both make and remove the same things, with the functions of setup.c. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define FOLDER L"C:\\ProgramData\\jump-client-stand-in"
/* How the installers are told to misbehave: lines such as `busy=2`, see docs/lab.md. */
#define BEHAVIOUR L"C:\\ProgramData\\jump-client-stand-in.txt"
#define MOST 9

/* The overrides, as MSI properties; an EXE has them as --jc-name and so on. */
extern const wchar_t *const OVERRIDES[MOST];
enum { NAME, JUMP_GROUP, JUMP_POLICY, SESSION_POLICY, TAG, COMMENTS, MAX_OFFLINE_MINUTES, EPHEMERAL };

/* What the appliance put into one installer. */
struct release {
    wchar_t product[32], site[256], fingerprint[65], permitted[256];
    long long expires;
    int bits;
};

/* What one start of an installer was told. */
struct wish {
    wchar_t key[256], folder[MAX_PATH], value[MOST][2048];
    BOOL given[MOST], online, start;
};

/* What was made, or is to be removed. */
struct made {
    wchar_t folder[MAX_PATH], service[128], id[16];
};

/* The reason, for the log, why the release does not allow the wish; empty when it does. */
void refusal(const struct release *release, const struct wish *wish, wchar_t *why, size_t room);
/* Chooses id, folder and service for a new client. */
void choose(const struct release *release, const struct wish *wish, struct made *made);
/* Writes settings.ini and the service once the program lies in the folder; FALSE when the service does not start. */
BOOL set_up(const struct release *release, const struct wish *wish, const struct made *made);
/* Stops the service and takes everything away; FALSE when something stays. */
BOOL take_down(const struct made *made);
/* The value of a line of the behaviour file: -1 when there is none, the number, or 1 for a word. */
long behaves(const wchar_t *word, wchar_t *text);
/* Restarts the host after the seconds that it was told, if it was told; whether it was. */
BOOL begin_restart(void);
/* Holds a connection as the settings.ini of the folder says; FALSE when that makes no sense, else it does not return. */
BOOL stay_connected(const wchar_t *folder);
/* Why the stand-in appliance does not take the release any more; NULL when it does, or when the host has none. */
const wchar_t *appliance_refusal(const struct release *release);
/* Tells the stand-in appliance, if the host has one, that the client is gone. */
void tell_removal(const wchar_t *id);
/* One line into the list that `scripts/lab starts` collects; returns how many there are now. */
int record_start(const wchar_t *arguments);
/* One line into the installer's log. */
void note(const wchar_t *text);
/* The SHA-256 digest of a text in UTF-8, as lower-case hexadecimal digits. */
void fingerprint_of(const wchar_t *text, wchar_t digest[65]);
