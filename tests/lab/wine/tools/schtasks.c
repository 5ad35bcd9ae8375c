/* What does the task scheduler do? As `schtasks` with /create, /run, /end, /delete and /query (the lab's stand-in).
 *
 * No schedule begins a task here: /run does what the time would do. Of schedules it takes `minute`, and of accounts SYSTEM.
 *
 * A task that runs belongs to no session: its keeper breaks away from the session's job, holds no handle of it, and
 * keeps the task's processes in a job of their own, by which they are ended. Definitions lie where Windows keeps them. */
#include "tool.h"

#define FOLDER L"C:\\windows\\system32\\Tasks"
#define LONGEST 65536

static int failed(const char *why) {
    fprintf(stderr, "ERROR: %s\r\n", why);
    return 1;
}

static int succeeded(const char *format, const wchar_t *name) {
    printf(format, name);
    return 0;
}

static void file_of(wchar_t *path, const wchar_t *name) { _snwprintf(path, MAX_PATH, L"%ls\\%ls", FOLDER, name); }

static void job_of(wchar_t *job, const wchar_t *name) { _snwprintf(job, MAX_PATH, L"task-%ls", name); }

static BOOL is_there(const wchar_t *name) {
    wchar_t path[MAX_PATH];
    file_of(path, name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* The definition as text; only what our own tasks consist of is understood: ASCII without an encoding of its own. */
static BOOL read_xml(const wchar_t *path, char *text) {
    FILE *file = _wfopen(path, L"rb");
    if (!file) return FALSE;
    text[fread(text, 1, LONGEST - 1, file)] = 0;
    fclose(file);
    return TRUE;
}

static BOOL element(const char *text, const char *name, wchar_t *value) {
    char open[64], close[64];
    sprintf(open, "<%s>", name);
    sprintf(close, "</%s>", name);
    const char *from = strstr(text, open), *to = from ? strstr(from, close) : NULL;
    if (!to) return FALSE;
    from += strlen(open);
    int length = MultiByteToWideChar(CP_UTF8, 0, from, (int)(to - from), value, 4095);
    value[length] = 0;
    for (wchar_t *at = value; (at = wcsstr(at, L"&amp;")) != NULL; at++) wmemmove(at + 1, at + 5, wcslen(at + 5) + 1);
    return TRUE;
}

static int create(const wchar_t *name, const wchar_t *xml, BOOL over) {
    static char text[LONGEST];
    wchar_t path[MAX_PATH], command[4096];
    if (!is_administrator()) return failed("Access is denied.");
    if (!read_xml(xml, text)) return failed(words_for(2));
    const char *end = "</Task>";
    size_t length = strlen(text);
    while (length && strchr("\r\n ", text[length - 1])) text[--length] = 0;
    if (strncmp(text, "<?xml ", 6) || length < 7 || strcmp(text + length - 7, end) || !element(text, "Command", command))
        return failed("The task XML is malformed.");
    if (!over && is_there(name)) return failed("The task name already exists.");
    CreateDirectoryW(FOLDER, NULL);
    file_of(path, name);
    if (!CopyFileW(xml, path, FALSE)) return failed(words_for(GetLastError()));
    return succeeded("SUCCESS: The scheduled task \"%ls\" has successfully been created.\r\n", name);
}

/* Writes text with the signs that XML has for itself. */
static void write_text(FILE *file, const wchar_t *from, const wchar_t *to) {
    char said[4096];
    int length = WideCharToMultiByte(CP_UTF8, 0, from, (int)(to - from), said, sizeof said, NULL, NULL);
    for (int i = 0; i < length; i++) {
        if (said[i] == '&') fputs("&amp;", file);
        else if (said[i] == '<' || said[i] == '>') fputs(said[i] == '<' ? "&lt;" : "&gt;", file);
        else fputc(said[i], file);
    }
}

/* A task of one command line on a schedule, for which Windows writes the definition itself. */
static int plan(const wchar_t *name, const wchar_t *line, const wchar_t *schedule, const wchar_t *every, BOOL over) {
    wchar_t path[MAX_PATH], *rest;
    long minutes = every ? wcstol(every, &rest, 10) : 1;
    if (!is_administrator()) return failed("Access is denied.");
    if (_wcsicmp(schedule, L"minute")) return failed("Invalid Schedule Type specified.");
    if (minutes < 1 || minutes > 1439 || (every && *rest)) return failed("Invalid value for /MO option.");
    if (wcslen(line) > 261) return failed("Value for '/TR' option cannot be more than 261 character(s).");
    if (!over && is_there(name)) return failed("The task name already exists.");
    const wchar_t *begin = *line == L'"' ? line + 1 : line, *end = wcschr(begin, *line == L'"' ? L'"' : L' ');
    const wchar_t *last = line + wcslen(line);
    if (!end) end = last;
    CreateDirectoryW(FOLDER, NULL);
    file_of(path, name);
    FILE *file = _wfopen(path, L"wb");
    if (!file) return failed(words_for(GetLastError()));
    fprintf(file, "<?xml version=\"1.0\"?>\r\n<Task><Triggers><Repetition>PT%ldM</Repetition></Triggers><Command>", minutes);
    write_text(file, begin, end);
    fputs("</Command><Arguments>", file);
    write_text(file, end < last ? end + 1 : last, last);
    fputs("</Arguments></Task>\r\n", file);
    fclose(file);
    return succeeded("SUCCESS: The scheduled task \"%ls\" has successfully been created.\r\n", name);
}

static BOOL start_keeper(const wchar_t *name) {
    wchar_t self[MAX_PATH], command[2 * MAX_PATH];
    GetModuleFileNameW(NULL, self, MAX_PATH);
    _snwprintf(command, 2 * MAX_PATH, L"\"%ls\" /keep \"%ls\"", self, name);
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION process;
    return CreateProcessW(NULL, command, NULL, NULL, FALSE, CREATE_BREAKAWAY_FROM_JOB | DETACHED_PROCESS, NULL,
                          L"C:\\windows\\system32", &start, &process);
}

static int run(const wchar_t *name) {
    if (!is_administrator()) return failed("Access is denied.");
    if (!is_there(name)) return failed(words_for(2));
    if (!start_keeper(name)) return failed(words_for(GetLastError()));
    return succeeded("SUCCESS: Attempted to run the scheduled task \"%ls\".\r\n", name);
}

static int keep(const wchar_t *name) {
    static char text[LONGEST];
    static wchar_t program[4096], arguments[4096], line[8400];
    wchar_t path[MAX_PATH], job_name[MAX_PATH];
    file_of(path, name);
    job_of(job_name, name);
    if (!read_xml(path, text) || !element(text, "Command", program)) return 1;
    if (!element(text, "Arguments", arguments)) arguments[0] = 0;
    HANDLE job = CreateJobObjectW(NULL, job_name);
    /* As MultipleInstancesPolicy IgnoreNew wants it. */
    if (!job || GetLastError() == ERROR_ALREADY_EXISTS) return 1;
    /* Windows Installer's work is its service's, which no task's job holds. */
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    _snwprintf(line, 8400, L"\"%ls\" %ls", program, arguments);
    SetEnvironmentVariableW(L"USERNAME", L"SYSTEM");
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION process;
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED | CREATE_NO_WINDOW, NULL, NULL, &start, &process))
        return 1;
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    WaitForSingleObject(process.hProcess, INFINITE);
    return 0;
}

static int end(const wchar_t *name) {
    wchar_t job_name[MAX_PATH];
    if (!is_there(name)) return failed(words_for(2));
    job_of(job_name, name);
    HANDLE job = OpenJobObjectW(JOB_OBJECT_ALL_ACCESS, FALSE, job_name);
    if (job) TerminateJobObject(job, 1);
    return succeeded("SUCCESS: The scheduled task \"%ls\" has been terminated successfully.\r\n", name);
}

static int delete(const wchar_t *name) {
    wchar_t path[MAX_PATH];
    file_of(path, name);
    if (!DeleteFileW(path)) return failed(words_for(GetLastError()));
    return succeeded("SUCCESS: The scheduled task \"%ls\" was successfully deleted.\r\n", name);
}

static int query(const wchar_t *name) {
    wchar_t job_name[MAX_PATH];
    if (!name || !is_there(name)) return failed(words_for(2));
    job_of(job_name, name);
    HANDLE job = OpenJobObjectW(JOB_OBJECT_QUERY, FALSE, job_name);
    printf("\"\\%ls\",\"N/A\",\"%s\"\r\n", name, job ? "Running" : "Ready");
    return 0;
}

int wmain(int count, wchar_t **words) {
    const wchar_t *name = NULL, *xml = NULL, *line = NULL, *schedule = NULL, *every = NULL, *user = L"SYSTEM", *what = count > 1 ? words[1] : L"";
    BOOL over = FALSE;
    if (is(what, L"/keep") && count == 3) return keep(words[2]);
    for (int i = 2; i < count; i++) {
        if (is(words[i], L"/tn") && i + 1 < count) name = words[++i];
        else if (is(words[i], L"/xml") && i + 1 < count) xml = words[++i];
        else if (is(words[i], L"/tr") && i + 1 < count) line = words[++i];
        else if (is(words[i], L"/sc") && i + 1 < count) schedule = words[++i];
        else if (is(words[i], L"/mo") && i + 1 < count) every = words[++i];
        else if (is(words[i], L"/ru") && i + 1 < count) user = words[++i];
        else if (is(words[i], L"/fo") && i + 1 < count) i++;
        else if (is(words[i], L"/f")) over = TRUE;
        else if (!is(words[i], L"/nh")) return failed("Invalid argument/option.");
    }
    if (!name) return failed("Invalid syntax. Mandatory option 'tn' is missing.");
    if (is(what, L"/create") && xml) return create(name, xml, over);
    if (_wcsicmp(user, L"SYSTEM")) return failed("No mapping between account names and security IDs was done.");
    if (is(what, L"/create") && line && schedule) return plan(name, line, schedule, every, over);
    if (is(what, L"/run")) return run(name);
    if (is(what, L"/end")) return end(name);
    if (is(what, L"/delete") && over) return delete(name);
    if (is(what, L"/query")) return query(name);
    return failed("Invalid syntax.");
}
