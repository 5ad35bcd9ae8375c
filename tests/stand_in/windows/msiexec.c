/* What is msiexec on the lab's Windows hosts? A thin program in front of Wine's Windows Installer, where real codes differ.
 *
 * The library msi.dll, which does the work, is Wine's; this takes the place of Wine's msiexec.exe. It reads the command
 * line as strictly as Windows does (1639), looks at the package (1619, 1620), lets one installation run at a time (1618),
 * wants an administrator (1603), records each start, misbehaves as it is told, works on when its caller is killed, as the
 * service behind the real msiexec does, and leaves its log in UTF-16 as that one's is. */
#include "client.h"
#include <msi.h>
#include <objbase.h>

#define LONGEST 33000
static wchar_t package[1024], log_path[MAX_PATH], properties[LONGEST];
static BOOL installs, removes;

/* The next word of the line, quotes and all; its end, or NULL when a quote stays open. */
static const wchar_t *word_end(const wchar_t *at) {
    BOOL quoted = FALSE;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++) quoted ^= *at == '"';
    return quoted ? NULL : at;
}

static void bare(wchar_t *to, const wchar_t *from, const wchar_t *end, size_t room) {
    for (; from < end && room > 1; from++)
        if (*from != '"') *to++ = *from, room--;
    *to = 0;
}

/* NAME=VALUE: the value in quotes or without blanks, a quote inside doubled. */
static BOOL is_property(const wchar_t *at, const wchar_t *end) {
    if (!iswalpha(*at) && *at != '_') return FALSE;
    while (at < end && (iswalnum(*at) || *at == '_' || *at == '.')) at++;
    if (*at++ != '=') return FALSE;
    if (at == end || *at != '"') return at == end || !wmemchr(at, '"', end - at);
    for (at++; at < end; at++) {
        if (*at != '"') continue;
        if (at + 1 == end) return TRUE;
        if (*++at != '"') return FALSE;
    }
    return FALSE;
}

static BOOL is_one_of(const wchar_t *word, const wchar_t *list) {
    wchar_t wanted[64];
    _snwprintf(wanted, 64, L" %ls ", word);
    _wcslwr(wanted);
    return wcsstr(list, wanted) != NULL;
}

/* FALSE when Windows would show its help and end with 1639. */
static BOOL read_line(const wchar_t *at) {
    while (*at) {
        while (*at == ' ' || *at == '\t') at++;
        if (!*at) break;
        const wchar_t *end = word_end(at);
        wchar_t word[1024];
        if (!end) return FALSE;
        if (*at != '/' && *at != '-') {
            if (!is_property(at, end)) return FALSE;
            wcsncat(properties, at, end - at);
            wcscat(properties, L" ");
            at = end;
            continue;
        }
        bare(word, at + 1, end, 1024);
        at = end;
        BOOL install = is_one_of(word, L" i package "), removal = is_one_of(word, L" x uninstall ");
        BOOL log = towlower(word[0]) == 'l' && !is_one_of(word, L" log ")
                       ? wcsspn(word + 1, L"iIwWeEaArRuUcCmMoOpPvVxX+!*") == wcslen(word + 1)
                       : is_one_of(word, L" log ");
        if (install || removal || log || is_one_of(word, L" a update p t ")) {
            while (*at == ' ' || *at == '\t') at++;
            end = *at ? word_end(at) : NULL;
            if (!end || *at == '/') return FALSE;
            if (log) bare(log_path, at, end, MAX_PATH);
            else bare(package, at, end, 1024);
            at = end;
            installs |= install, removes |= removal;
        } else if (!is_one_of(word, L" quiet passive norestart promptrestart forcerestart q qn qb qr qf qn+ qb+ "
                                    L"qb- qb! qb-! qb!- ")) {
            return FALSE;
        }
    }
    return installs || removes;
}

static int open_package(void) {
    unsigned char start[8];
    if (*package == '{') return 0;
    FILE *file = _wfopen(package, L"rb");
    if (!file) return 1619;
    size_t read = fread(start, 1, 8, file);
    fclose(file);
    return read == 8 && !memcmp(start, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) ? 0 : 1620;
}

/* A log of its own where msi.dll does not come to write one. */
static int fail(int status, const wchar_t *cause) {
    FILE *file = *log_path ? _wfopen(log_path, L"wb") : NULL;
    if (file) {
        fprintf(file,
                "=== Verbose logging started ===\r\nAction start: INSTALL.\r\n%ls\r\nAction ended: INSTALL. Return "
                "value 0.\r\n"
                "Property(S): %ls\r\n",
                cause, properties);
        fclose(file);
    }
    return status;
}

/* What Windows writes down and Wine does not: the command line with all that is on it, and how it ended. And it numbers
 * failures 3 where Wine has 0. */
static size_t mend(wchar_t *text, int status) {
    wcscat(wcscat(wcscat(text, L"MSI (s) (4C:08): Command Line: "), properties), L"\r\n");
    if (!status || status == 3010 || status == 1641) return wcslen(text);
    for (wchar_t *at = text; (at = wcsstr(at, L"Return value 0.")) != NULL; at++) at[13] = '3';
    wchar_t last[64];
    _snwprintf(last, 64, L"MainEngineThread is returning %d\r\n", status);
    return wcslen(wcscat(text, last));
}

static void finish_log(int status) {
    wchar_t will[256] = L"";
    DWORD done;
    behaves(L"log", will);
    HANDLE file =
        CreateFileW(log_path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return;
    DWORD size = GetFileSize(file, NULL);
    char *narrow = calloc(size + 4 * LONGEST, 1);
    wchar_t *wide = calloc(size + LONGEST, sizeof *wide);
    ReadFile(file, narrow, size, &done, NULL);
    MultiByteToWideChar(CP_UTF8, 0, narrow, -1, wide + 1, size + 1);
    size_t length = mend(wide + 1, status);
    wide[0] = 0xfeff;
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    if (wcscmp(will, L"ansi")) {
        WriteFile(file, wide, (DWORD)(2 * (length + 1)), &done, NULL);
    } else {
        int bytes = WideCharToMultiByte(CP_UTF8, 0, wide + 1, (int)length, narrow, size + 4 * LONGEST, NULL, NULL);
        WriteFile(file, narrow, bytes, &done, NULL);
    }
    SetEndOfFile(file);
    CloseHandle(file);
}

static int work(void) {
    MsiSetInternalUI(INSTALLUILEVEL_NONE, NULL);
    if (*log_path) MsiEnableLogW(0x3fff, log_path, 0);
    int status = removes && *package == '{'
                     ? (int)MsiConfigureProductExW(package, INSTALLLEVEL_DEFAULT, INSTALLSTATE_ABSENT, properties)
                 : removes ? (int)MsiInstallProductW(package, wcscat(properties, L"REMOVE=ALL"))
                           : (int)MsiInstallProductW(package, properties);
    if (*log_path) MsiEnableLogW(0, NULL, 0);
    return status;
}

/* Wine's msi.dll starts msiexec for the functions that a package calls, and says by a pipe which: this is that side of
 * it. Each gets a thread, whose handle is the answer; the empty one ends it. */
static UINT(__cdecl *call_function)(DWORD, const GUID *);
static DWORD caller;

static DWORD WINAPI call(void *which) { return call_function(caller, which); }

static int serve_package(const wchar_t *number) {
    static const GUID none;
    wchar_t name[64];
    DWORD done;
    caller = wcstoul(number, NULL, 10);
    call_function = (void *)GetProcAddress(LoadLibraryW(L"msi.dll"), "__wine_msi_call_dll_function");
    _snwprintf(name, 64, L"\\\\.\\pipe\\msica_%lx_64", caller);
    HANDLE pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (;;) {
        GUID *which = malloc(sizeof *which);
        if (!ReadFile(pipe, which, sizeof *which, &done, NULL) || done != sizeof *which) return 1;
        BOOL ends = !memcmp(which, &none, sizeof none);
        unsigned long long thread = ends ? 0 : (DWORD_PTR)CreateThread(NULL, 0, call, which, 0, NULL);
        WriteFile(pipe, &thread, sizeof thread, &done, NULL);
        if (ends) return 0;
    }
}

/* For ever, with the log open, as that of an installation that goes on. */
static void hang(void) {
    if (*log_path) CreateFileW(log_path, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL);
    Sleep(INFINITE);
}

/* What the service behind msiexec does. */
static int serve(const wchar_t *arguments) {
    wchar_t user[64] = L"", cause[256] = L"The installation could not be completed.";
    int starts = 0;
    HANDLE mutex = CreateMutexW(NULL, FALSE, L"Global\\_MSIExecute");
    DWORD waited = WaitForSingleObject(mutex, 0);
    if (installs) {
        starts = record_start(arguments);
        long seconds = behaves(L"sleep", NULL), ends = behaves(L"exit", NULL);
        if (starts <= behaves(L"busy", NULL)) return fail(1618, L"Another installation is already in progress.");
        if (waited != WAIT_OBJECT_0 && waited != WAIT_ABANDONED)
            return fail(1618, L"Another installation is already in progress.");
        if (seconds > 0) Sleep(1000 * seconds);
        if (behaves(L"hang", NULL) > 0) hang();
        behaves(L"cause", cause);
        if (ends > 0) return fail(ends, cause);
        if (ends == 0 || behaves(L"lie", NULL) > 0 || starts <= behaves(L"orphan", NULL)) return 0;
    } else if (waited != WAIT_OBJECT_0 && waited != WAIT_ABANDONED) return 1618;
    GetEnvironmentVariableW(L"USERNAME", user, 64);
    if (_wcsicmp(user, L"Administrator") && _wcsicmp(user, L"SYSTEM"))
        return fail(1603, L"Error 1925. You do not have sufficient privileges to complete this installation for "
                          L"all users of the machine.");
    int status = work();
    long after = behaves(L"after", NULL);
    if (!status && installs && begin_restart()) return 1641;
    return !status && installs && after > 0 ? after : status;
}

/* The part that lives on when this process is killed. */
static int ask_service(const wchar_t *arguments) {
    static wchar_t command[LONGEST], path[MAX_PATH];
    STARTUPINFOW start = {0};
    PROCESS_INFORMATION process;
    DWORD status = 1601;
    start.cb = sizeof start;
    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(command, LONGEST, L"\"%ls\" -serve %ls", path, arguments);
    if (!CreateProcessW(path, command, NULL, NULL, FALSE, CREATE_BREAKAWAY_FROM_JOB | DETACHED_PROCESS, NULL, NULL, &start,
                        &process))
        return 1601;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &status);
    return (int)status;
}

int wmain(int count, wchar_t **words) {
    const wchar_t *arguments = word_end(GetCommandLineW());
    if (count == 3 && !_wcsicmp(words[1], L"-Embedding")) return serve_package(words[2]);
    while (*arguments == ' ') arguments++;
    BOOL service = !wcsncmp(arguments, L"-serve ", 7);
    if (service) arguments += 7;
    if (!read_line(arguments)) return 1639;
    if (service) {
        int status = serve(arguments);
        finish_log(status);
        return status;
    }
    int unfit = installs ? open_package() : 0;
    return unfit ? unfit : ask_service(arguments);
}
