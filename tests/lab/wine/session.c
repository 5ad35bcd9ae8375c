/* How does Win32-OpenSSH start what a client asked to run? (For the lab's Windows hosts.)
 *
 *   session.exe ID USER     the line asked for is in L:\ID.line, the answer's status goes to L:\ID.status
 *
 * As its w32-doexec.c does it: the shell is the registry's DefaultShell, cmd.exe gets the line in quotes
 * and otherwise untouched, any other shell gets it as one argument after -c; and the process is put into
 * a job that ends with it, so what it leaves behind ends too. The status is written down in full: through
 * Wine's own exit only eight bits of it would come. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define LONGEST 32768
static wchar_t line[LONGEST], command[2 * LONGEST], shell[MAX_PATH] = L"C:\\windows\\system32\\cmd.exe";

static void path_of(wchar_t *path, const wchar_t *id, const wchar_t *kind) {
    _snwprintf(path, MAX_PATH, L"L:\\%ls.%ls", id, kind);
}

static BOOL read_line(const wchar_t *id) {
    wchar_t path[MAX_PATH];
    path_of(path, id, L"line");
    FILE *file = _wfopen(path, L"rb");
    if (!file) return FALSE;
    size_t read = fread(line, sizeof *line, LONGEST - 1, file);
    line[read] = 0;
    fclose(file);
    return TRUE;
}

static int answer(const wchar_t *id, DWORD status) {
    wchar_t path[MAX_PATH], part[MAX_PATH];
    path_of(path, id, L"status");
    path_of(part, id, L"part");
    FILE *file = _wfopen(part, L"wb");
    if (file) {
        fprintf(file, "%lu", status);
        fclose(file);
        MoveFileExW(part, path, MOVEFILE_REPLACE_EXISTING);
    }
    return (int)status;
}

static void set(const wchar_t *name, const wchar_t *format, const wchar_t *user) {
    wchar_t value[MAX_PATH];
    _snwprintf(value, MAX_PATH, format, user);
    SetEnvironmentVariableW(name, value);
}

static void become(const wchar_t *user) {
    static const wchar_t *const foreign[] = {L"HOME", L"LANG", L"PWD", L"OLDPWD", L"SHLVL", L"_", 0};
    for (int i = 0; foreign[i]; i++) SetEnvironmentVariableW(foreign[i], NULL);
    set(L"USERNAME", L"%ls", user);
    set(L"HOMEDRIVE", L"C:", user);
    set(L"HOMEPATH", L"\\Users\\%ls", user);
    set(L"USERPROFILE", L"C:\\Users\\%ls", user);
    set(L"APPDATA", L"C:\\Users\\%ls\\AppData\\Roaming", user);
    set(L"LOCALAPPDATA", L"C:\\Users\\%ls\\AppData\\Local", user);
    set(L"TEMP", L"C:\\Users\\%ls\\AppData\\Local\\Temp", user);
    set(L"TMP", L"C:\\Users\\%ls\\AppData\\Local\\Temp", user);
    wchar_t home[MAX_PATH];
    _snwprintf(home, MAX_PATH, L"C:\\Users\\%ls", user);
    SetCurrentDirectoryW(home);
}

/* One argument as CommandLineToArgvW reads it back. */
static void quote(wchar_t *to, const wchar_t *from) {
    *to++ = '"';
    while (*from) {
        size_t slashes = 0;
        while (*from == '\\') from++, slashes++;
        size_t wanted = *from == '"' || !*from ? 2 * slashes : slashes;
        while (wanted--) *to++ = '\\';
        if (*from == '"') *to++ = '\\';
        if (*from) *to++ = *from++;
    }
    *to++ = '"';
    *to = 0;
}

/* FALSE when the line is too long for the shell. */
static BOOL compose(void) {
    DWORD size = sizeof shell;
    RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\OpenSSH", L"DefaultShell", RRF_RT_REG_SZ, NULL, shell, &size);
    wchar_t lower[MAX_PATH];
    wcscpy(lower, shell);
    _wcslwr(lower);
    if (wcsstr(lower, L"system32\\cmd")) {
        _snwprintf(command, 2 * LONGEST, L"\"%ls\" /c \"%ls\"", shell, line);
        /* Microsoft's "Command prompt line string limitation". */
        return wcslen(command) <= 8191;
    }
    int start = _snwprintf(command, LONGEST, L"\"%ls\" -c ", shell);
    quote(command + start, line);
    return wcslen(command) < LONGEST;
}

int wmain(int count, wchar_t **words) {
    if (count != 3 || !read_line(words[1])) return 255;
    become(words[2]);
    if (!compose()) {
        fputs("The command line is too long.\r\n", stderr);
        return answer(words[1], 1);
    }
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    STARTUPINFOW start = {sizeof start};
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    PROCESS_INFORMATION process;
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_NO_WINDOW, NULL, NULL, &start,
                        &process))
        return answer(words[1], 255);
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    DWORD status = 255;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &status);
    TerminateJobObject(job, 255);
    return answer(words[1], status);
}
