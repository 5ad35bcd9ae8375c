/* What does a Jump Client leave on a Windows host, and when does its installer refuse? (A stand-in, for tests only.)
 *
 * The rules are the ones of the vendor's Jump Client guide; names of folders, services and registry entries are those
 * that deployments report. */
#include "client.h"
#include <bcrypt.h>
#include <time.h>

const wchar_t *const OVERRIDES[MOST] = {L"name", L"jump_group", L"jump_policy",         L"session_policy",
                                        L"tag",  L"comments",   L"max_offline_minutes", L"ephemeral",
                                        0};

static BOOL listed(const wchar_t *list, const wchar_t *word) {
    size_t length = wcslen(word);
    for (const wchar_t *at = list; (at = wcsstr(at, word)) != NULL; at++)
        if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ',')) return TRUE;
    return FALSE;
}

static BOOL is_number(const wchar_t *text) { return *text && wcsspn(text, L"0123456789") == wcslen(text); }

void refusal(const struct release *release, const struct wish *wish, wchar_t *why, size_t room) {
    wchar_t digest[65], denied[256] = L"";
    *why = 0;
    behaves(L"deny", denied);
    fingerprint_of(wish->key, digest);
    if (!*wish->key) {
        _snwprintf(why, room, L"no key was given: KEY_INFO is missing, and the file's name holds none");
        return;
    }
    if (wcscmp(digest, release->fingerprint)) {
        _snwprintf(why, room, L"the key is not valid for %ls", release->site);
        return;
    }
    if (time(NULL) >= release->expires) {
        _snwprintf(why, room, L"this installer has expired");
        return;
    }
    if (wish->online && behaves(L"offline", NULL) > 0) {
        _snwprintf(why, room, L"the appliance %ls cannot be reached", release->site);
        return;
    }
    if (wish->given[EPHEMERAL] && wish->given[MAX_OFFLINE_MINUTES]) {
        _snwprintf(why, room, L"jc_ephemeral and jc_max_offline_minutes exclude each other");
        return;
    }
    for (int i = 0; OVERRIDES[i]; i++) {
        const wchar_t *permission = i == EPHEMERAL ? OVERRIDES[MAX_OFFLINE_MINUTES] : OVERRIDES[i];
        if (!wish->given[i]) continue;
        if (!listed(release->permitted, permission) || listed(denied, permission)) {
            _snwprintf(why, room, L"jc_%ls may not be overridden for this installer", OVERRIDES[i]);
            return;
        }
        size_t most = i == NAME ? 128 : i == TAG ? 64 : i == COMMENTS ? 1024 : 2047;
        if (wcslen(wish->value[i]) > most) {
            _snwprintf(why, room, L"the value of jc_%ls is longer than %d characters", OVERRIDES[i], (int)most);
            return;
        }
    }
    if (wish->given[JUMP_GROUP] && wcsncmp(wish->value[JUMP_GROUP], L"jumpgroup:", 10) &&
        wcsncmp(wish->value[JUMP_GROUP], L"user:", 5))
        _snwprintf(why, room, L"jc_jump_group needs jumpgroup:CODE or user:NAME, not %ls", wish->value[JUMP_GROUP]);
    else if (wish->given[MAX_OFFLINE_MINUTES] && !is_number(wish->value[MAX_OFFLINE_MINUTES]))
        _snwprintf(why, room, L"jc_max_offline_minutes needs a number of minutes, not %ls",
                   wish->value[MAX_OFFLINE_MINUTES]);
}

void choose(const struct release *release, const struct wish *wish, struct made *made) {
    unsigned short random[2];
    BCryptGenRandom(NULL, (PUCHAR)random, sizeof random, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    BOOL bomgar = !wcsncmp(release->product, L"bomgar", 6);
    _snwprintf(made->id, 16, L"%04x%04x", random[0], random[1]);
    _snwprintf(made->service, 128, bomgar ? L"bomgar-ps-%ls" : L"sra-pin-%ls", made->id);
    if (*wish->folder) wcscpy(made->folder, wish->folder);
    else
        _snwprintf(made->folder, MAX_PATH, bomgar ? L"C:\\ProgramData\\%ls-0x%ls" : L"C:\\ProgramData\\%ls-%ls",
                   release->product, made->id);
}

static void write_settings(const struct release *release, const struct wish *wish, const struct made *made) {
    wchar_t path[MAX_PATH];
    _snwprintf(path, MAX_PATH, L"%ls\\settings.ini", made->folder);
    FILE *file = _wfopen(path, L"wb");
    if (!file) return;
    fprintf(file, "[General]\r\nsite=%ls\r\nproduct=%ls\r\nid=%ls\r\nkey_sha256=%ls\r\n", release->site,
            release->product, made->id, release->fingerprint);
    for (int i = 0; OVERRIDES[i]; i++) {
        char text[8192];
        WideCharToMultiByte(CP_UTF8, 0, wish->value[i], -1, text, sizeof text, NULL, NULL);
        if (wish->given[i]) fprintf(file, "jc_%ls=%s\r\n", OVERRIDES[i], text);
    }
    fprintf(file,
            "[Proxy]\r\nversion=2\r\ndetect_failed=0\r\n[Proxy\\%ls:443\\LastGood]\r\nProxy=DIRECT\r\n"
            "[Proxy\\%ls:443\\Detected\\1]\r\nProxy=DIRECT\r\n[Updates]\r\nchannel=site\r\n",
            release->site, release->site);
    fclose(file);
}

BOOL set_up(const struct release *release, const struct wish *wish, const struct made *made) {
    wchar_t command[2 * MAX_PATH], shown[128];
    write_settings(release, wish, made);
    _snwprintf(command, 2 * MAX_PATH, L"\"%ls\\%ls.exe\" -service %ls", made->folder, release->product,
               made->service);
    _snwprintf(shown, 128, L"BeyondTrust Jump Client %ls", made->id);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service =
        CreateServiceW(manager, made->service, shown, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                       SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, command, NULL, NULL, NULL, NULL, NULL);
    if (!service) return FALSE;
    SERVICE_STATUS status;
    BOOL started = !wish->start || StartServiceW(service, 0, NULL);
    for (int i = 0; started && wish->start && i < 100; i++) {
        QueryServiceStatus(service, &status);
        if (status.dwCurrentState != SERVICE_START_PENDING) break;
        Sleep(50);
    }
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return started;
}

static void end_service(const wchar_t *name) {
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
    SERVICE_STATUS_PROCESS status;
    DWORD needed;
    if (!service) return;
    QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed);
    HANDLE process =
        status.dwProcessId ? OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, status.dwProcessId) : NULL;
    ControlService(service, SERVICE_CONTROL_STOP, (SERVICE_STATUS *)&status);
    if (process && WaitForSingleObject(process, 5000) != WAIT_OBJECT_0)
        TerminateProcess(process, 1), WaitForSingleObject(process, 5000);
    DeleteService(service);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
}

static void empty(const wchar_t *folder) {
    wchar_t path[MAX_PATH];
    WIN32_FIND_DATAW entry;
    _snwprintf(path, MAX_PATH, L"%ls\\*", folder);
    HANDLE search = FindFirstFileW(path, &entry);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        _snwprintf(path, MAX_PATH, L"%ls\\%ls", folder, entry.cFileName);
        if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) DeleteFileW(path);
    } while (FindNextFileW(search, &entry));
    FindClose(search);
}

BOOL take_down(const struct made *made) {
    end_service(made->service);
    empty(made->folder);
    RemoveDirectoryW(made->folder);
    return GetFileAttributesW(made->folder) == INVALID_FILE_ATTRIBUTES;
}

long behaves(const wchar_t *word, wchar_t *text) {
    char line[512], wanted[64];
    long found = -1;
    FILE *file = _wfopen(BEHAVIOUR, L"r");
    if (!file) return -1;
    int length = _snprintf(wanted, sizeof wanted, "%ls=", word);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (strncmp(line, wanted, length)) continue;
        found = line[length] >= '0' && line[length] <= '9' ? atol(line + length) : 1;
        if (text) MultiByteToWideChar(CP_UTF8, 0, line + length, -1, text, 256);
    }
    fclose(file);
    return found;
}

BOOL begin_restart(void) {
    wchar_t command[64];
    long seconds = behaves(L"restart", NULL);
    STARTUPINFOW start = {0};
    PROCESS_INFORMATION process;
    if (seconds < 0) return FALSE;
    start.cb = sizeof start;
    _snwprintf(command, 64, L"shutdown /r /t %ld", seconds);
    return CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process);
}

static int count_lines(const wchar_t *path) {
    FILE *file = _wfopen(path, L"rb");
    int count = 0, c;
    if (!file) return 0;
    while ((c = fgetc(file)) != EOF) count += c == '\n';
    fclose(file);
    return count;
}

static void append(const wchar_t *name, const char *line) {
    wchar_t path[MAX_PATH];
    _snwprintf(path, MAX_PATH, L"%ls\\%ls", FOLDER, name);
    CreateDirectoryW(FOLDER, NULL);
    HANDLE file =
        CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    DWORD written;
    WriteFile(file, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(file);
}

int record_start(const wchar_t *arguments) {
    static char text[32768], line[33000];
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    double wall =
        (((unsigned long long)now.dwHighDateTime << 32 | now.dwLowDateTime) - 116444736000000000ULL) / 1e7;
    WideCharToMultiByte(CP_UTF8, 0, arguments, -1, text, sizeof text, NULL, NULL);
    for (char *at = text; *at; at++)
        if (*at == '\n' || *at == '\r') *at = '?';
    _snprintf(line, sizeof line, "%.2f %.6f %lu 0 %s\n", GetTickCount64() / 1000.0, wall, GetCurrentProcessId(),
              text);
    append(L"starts", line);
    return count_lines(FOLDER L"\\starts");
}

void note(const wchar_t *text) {
    char line[4096], utf8[3500];
    SYSTEMTIME now;
    GetLocalTime(&now);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    _snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02d %s\r\n", now.wYear, now.wMonth, now.wDay, now.wHour,
              now.wMinute, now.wSecond, utf8);
    append(L"installer.log", line);
}

void fingerprint_of(const wchar_t *text, wchar_t digest[65]) {
    char utf8[2048];
    UCHAR bytes[32];
    BCRYPT_ALG_HANDLE provider;
    BCRYPT_HASH_HANDLE hash;
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    BCryptOpenAlgorithmProvider(&provider, BCRYPT_SHA256_ALGORITHM, NULL, 0);
    BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0);
    BCryptHashData(hash, (PUCHAR)utf8, (ULONG)strlen(utf8), 0);
    BCryptFinishHash(hash, bytes, sizeof bytes, 0);
    BCryptDestroyHash(hash);
    BCryptCloseAlgorithmProvider(provider, 0);
    for (int i = 0; i < 32; i++) _snwprintf(digest + 2 * i, 3, L"%02x", bytes[i]);
}
