/* What is the vendor's EXE for Windows: installer, client and uninstaller in one? (A stand-in, for tests only.)
 *
 *   bomgar-pec-KEY.exe --silent [--install-dir DIR] [--jc-… VALUE]   installs; the key is in the file's own name
 *   bomgar-pec.exe -service NAME                                     what the service runs
 *   bomgar-pec.exe -pinned drone                                     what it starts itself, when told `drone=1`
 *   bomgar-pec.exe -uninstall silent                                 takes everything away
 *
 * tests/stand_in/build_windows puts the settings of one installer behind the program. It has no console, as the real
 * one has none: what went wrong is in the log. Refusals end it with 1; the vendor documents no codes. */
#include "client.h"

#define MARK "\n--jump-client-stand-in--\n"
#define UNINSTALL L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"

static wchar_t own_path[MAX_PATH];
static struct release release;
static struct wish wish;

static int fail(const wchar_t *why) {
    wchar_t line[2400];
    _snwprintf(line, 2400, L"installation failed: %ls", why);
    note(line);
    return 1;
}

static void field(const char *text, const char *name, wchar_t *to, int room) {
    char wanted[64];
    int length = _snprintf(wanted, sizeof wanted, "\n%s=", name);
    const char *at = strstr(text, wanted);
    *to = 0;
    if (!at) return;
    at += length;
    to[MultiByteToWideChar(CP_UTF8, 0, at, (int)strcspn(at, "\n"), to, room - 1)] = 0;
}

static BOOL read_release(void) {
    static char tail[8192];
    wchar_t number[32];
    FILE *file = _wfopen(own_path, L"rb");
    if (!file) return FALSE;
    fseek(file, -4096, SEEK_END);
    size_t read = fread(tail, 1, sizeof tail - 1, file);
    fclose(file);
    for (size_t at = 0; at + strlen(MARK) < read; at++) {
        if (memcmp(tail + at, MARK, strlen(MARK))) continue;
        const char *text = tail + at + strlen(MARK) - 1;
        field(text, "product", release.product, 32);
        field(text, "site", release.site, 256);
        field(text, "fingerprint", release.fingerprint, 65);
        field(text, "permitted", release.permitted, 256);
        field(text, "expires", number, 32);
        release.expires = _wtoi64(number);
        field(text, "bits", number, 32);
        release.bits = _wtoi(number);
        return TRUE;
    }
    return FALSE;
}

/* The key is what stands between the product and the ending of the file's name. */
static void key_of_name(void) {
    const wchar_t *name = wcsrchr(own_path, '\\') + 1;
    size_t stem = wcslen(release.product);
    if (_wcsnicmp(name, release.product, stem) || name[stem] != '-') return;
    wcscpy(wish.key, name + stem + 1);
    wchar_t *ending = wcsrchr(wish.key, '.');
    if (ending) *ending = 0;
}

static int read_arguments(int count, wchar_t **words) {
    for (int i = 1; i < count; i++) {
        int which = -1;
        if (!wcscmp(words[i], L"--silent")) continue;
        for (int j = 0; OVERRIDES[j]; j++) {
            wchar_t option[64];
            _snwprintf(option, 64, L"--jc-%ls", OVERRIDES[j]);
            for (wchar_t *at = option; *at; at++)
                if (*at == '_') *at = '-';
            if (!wcscmp(words[i], option)) which = j;
        }
        if (which == EPHEMERAL) {
            wish.given[which] = TRUE;
            continue;
        }
        if (which < 0 && wcscmp(words[i], L"--install-dir")) return fail(L"unknown option");
        if (i + 1 == count) return fail(L"an option has no value");
        if (which < 0) wcsncpy(wish.folder, words[++i], MAX_PATH - 1);
        else wcsncpy(wish.value[which], words[++i], 2047), wish.given[which] = TRUE;
    }
    return 0;
}

static void register_product(const struct made *made) {
    wchar_t path[512], text[512];
    HKEY key;
    _snwprintf(path, 512, UNINSTALL L"\\%ls-0x%ls", release.product, made->id);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
                    KEY_WRITE | (release.bits == 32 ? KEY_WOW64_32KEY : KEY_WOW64_64KEY), NULL, &key, NULL);
#define SET(name, ...)                   \
    (_snwprintf(text, 512, __VA_ARGS__), \
     RegSetValueExW(key, name, 0, REG_SZ, (BYTE *)text, (DWORD)(2 * wcslen(text) + 2)))
    SET(L"DisplayName",
        !wcsncmp(release.product, L"bomgar-scc", 10) ? L"BeyondTrust Remote Support Jump Client [%ls]"
                                                     : L"BeyondTrust Privileged Remote Access Jump Client [%ls]",
        release.site);
    SET(L"DisplayVersion", L"23.2.1");
    SET(L"Publisher", L"BeyondTrust");
    SET(L"UninstallString", L"\"%ls\\%ls.exe\" -uninstall prompt", made->folder, release.product);
#undef SET
    RegCloseKey(key);
}

static int install(int count, wchar_t **words) {
    wchar_t why[512], target[MAX_PATH], user[64] = L"";
    struct made made;
    const wchar_t *line = GetCommandLineW();
    int starts = record_start(line);
    long seconds = behaves(L"sleep", NULL), busy = behaves(L"busy", NULL), ends = behaves(L"exit", NULL);
    if (seconds > 0) Sleep(1000 * seconds);
    if (behaves(L"hang", NULL) > 0) Sleep(INFINITE);
    if (starts <= busy) return 1618;
    if (ends >= 0) return ends ? fail(L"the installation could not be completed"), ends : 0;
    if (behaves(L"lie", NULL) > 0 || starts <= behaves(L"orphan", NULL)) return 0;
    GetEnvironmentVariableW(L"USERNAME", user, 64);
    if (_wcsicmp(user, L"Administrator") && _wcsicmp(user, L"SYSTEM")) return fail(L"administrator rights are needed");
    key_of_name();
    if (read_arguments(count, words)) return 1;
    wish.start = TRUE;
    refusal(&release, &wish, why, 512);
    if (!*wish.key) return fail(L"this file has been renamed: its name holds no key");
    if (*why) return fail(why);
    const wchar_t *refused = appliance_refusal(&release);
    if (refused) return fail(refused);
    choose(&release, &wish, &made);
    if (GetFileAttributesW(made.folder) != INVALID_FILE_ATTRIBUTES)
        return fail(L"the install directory already exists");
    if (!CreateDirectoryW(made.folder, NULL)) return fail(L"the install directory cannot be made");
    if (behaves(L"partial", NULL) > 0) return fail(L"the connection was lost");
    _snwprintf(target, MAX_PATH, L"%ls\\%ls.exe", made.folder, release.product);
    if (!CopyFileW(own_path, target, TRUE)) return fail(L"the program cannot be copied");
    register_product(&made);
    if (!set_up(&release, &wish, &made)) return fail(L"the service could not be started");
    note(L"installed");
    if (begin_restart()) return 1641;
    long after = behaves(L"after", NULL);
    return after > 0 ? after : 0;
}

static int uninstall(void) {
    wchar_t path[MAX_PATH], settings[MAX_PATH], gone[MAX_PATH], folder[MAX_PATH], will[256] = L"";
    struct made made;
    behaves(L"uninstall", will);
    if (!wcscmp(will, L"stuck")) return 0;
    if (!wcscmp(will, L"fail")) return fail(L"the client could not be uninstalled"), 9;
    note(L"uninstalling");
    Sleep(1000 * _wtoi(will));
    wcscpy(made.folder, own_path);
    *wcsrchr(made.folder, '\\') = 0;
    _snwprintf(settings, MAX_PATH, L"%ls\\settings.ini", made.folder);
    GetPrivateProfileStringW(L"General", L"id", L"", made.id, 16, settings);
    _snwprintf(made.service, 128, !wcsncmp(release.product, L"bomgar", 6) ? L"bomgar-ps-%ls" : L"sra-pin-%ls",
               made.id);
    _snwprintf(path, MAX_PATH, UNINSTALL L"\\%ls-0x%ls", release.product, made.id);
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, path, release.bits == 32 ? KEY_WOW64_32KEY : KEY_WOW64_64KEY, 0);
    /* A program that runs cannot be deleted, but it can be moved out of the way. */
    GetTempPathW(MAX_PATH, folder);
    _snwprintf(gone, MAX_PATH, L"%lsremoved-%lu.exe", folder, GetCurrentProcessId());
    SetCurrentDirectoryW(L"C:\\");
    MoveFileExW(own_path, gone, MOVEFILE_REPLACE_EXISTING);
    MoveFileExW(gone, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
    if (!take_down(&made)) return fail(L"the install directory could not be removed");
    tell_removal(made.id);
    note(L"uninstalled");
    return 0;
}

static SERVICE_STATUS_HANDLE service;
static HANDLE stopped;

static void report(DWORD state) {
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, 0, 0, 0, 0, 0};
    if (state == SERVICE_RUNNING) status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
    SetServiceStatus(service, &status);
}

static DWORD WINAPI handle(DWORD control, DWORD kind, void *data, void *context) {
    (void)kind, (void)data, (void)context;
    /* What clings to its place hears that it is to stop, and goes on. */
    BOOL clings = behaves(L"clings", NULL) > 0;
    if (!clings && (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN)) SetEvent(stopped);
    return control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN ||
                   control == SERVICE_CONTROL_INTERROGATE
               ? NO_ERROR
               : ERROR_CALL_NOT_IMPLEMENTED;
}

static DWORD WINAPI work(void *folder) {
    /* It comes back from settings that make no sense only. */
    if (!stay_connected(folder)) SetEvent(stopped);
    return 0;
}

/* The connection may be another process's of the same program: what watches the client must find it there too. */
static HANDLE start_drone(void) {
    wchar_t line[2 * MAX_PATH];
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION process = {0};
    _snwprintf(line, 2 * MAX_PATH, L"\"%ls\" -pinned drone", own_path);
    return CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process) ? process.hProcess : NULL;
}

static wchar_t *own_folder(void) {
    static wchar_t folder[MAX_PATH];
    wcscpy(folder, own_path);
    *wcsrchr(folder, '\\') = 0;
    return folder;
}

static void WINAPI serve(DWORD count, wchar_t **words) {
    HANDLE drone = NULL;
    (void)count;
    stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
    service = RegisterServiceCtrlHandlerExW(words[0], handle, NULL);
    report(SERVICE_START_PENDING);
    if (behaves(L"slow", NULL) > 0) Sleep(1000 * behaves(L"slow", NULL));
    if (behaves(L"dies", NULL) > 0) SetEvent(stopped);
    else if (behaves(L"drone", NULL) > 0) drone = start_drone();
    else CreateThread(NULL, 0, work, own_folder(), 0, NULL);
    report(SERVICE_RUNNING);
    WaitForSingleObject(stopped, INFINITE);
    if (drone) TerminateProcess(drone, 0);
    report(SERVICE_STOPPED);
}

int wmain(int count, wchar_t **words) {
    GetModuleFileNameW(NULL, own_path, MAX_PATH);
    if (!read_release()) return 1;
    if (count == 3 && !wcscmp(words[1], L"-service")) {
        SERVICE_TABLE_ENTRYW table[] = {{words[2], serve}, {NULL, NULL}};
        return !StartServiceCtrlDispatcherW(table);
    }
    if (count == 3 && !wcscmp(words[1], L"-pinned")) return !stay_connected(own_folder());
    if (count > 1 && !wcscmp(words[1], L"-uninstall")) return uninstall();
    return install(count, words);
}
