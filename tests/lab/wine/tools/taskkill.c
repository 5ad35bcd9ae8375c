/* End processes: /f, /t, /im NAME, /pid NUMBER, /fi FILTER, as taskkill does (the lab's stand-in). */
#include "filter.h"

static struct filter filters[8];
static int filter_count;
static BOOL with_children, named;
static PROCESSENTRY32W all[1024];
static int count_all;

static int bad(const char *why) {
    fprintf(stderr, "ERROR: %s\r\nType \"TASKKILL /?\" for usage.\r\n", why);
    return 1;
}

static void take_stock(void) {
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    all[0].dwSize = sizeof *all;
    for (BOOL more = Process32FirstW(snapshot, all); more && count_all < 1023;
         more = Process32NextW(snapshot, &all[count_all])) {
        count_all++;
        all[count_all].dwSize = sizeof *all;
    }
}

static BOOL end(const PROCESSENTRY32W *entry, DWORD parent) {
    for (int i = 0; with_children && i < count_all; i++)
        if (all[i].th32ParentProcessID == entry->th32ProcessID && all[i].th32ProcessID != entry->th32ProcessID)
            end(&all[i], entry->th32ProcessID);
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, entry->th32ProcessID);
    if (!process || !TerminateProcess(process, 1)) {
        fprintf(stderr,
                "ERROR: The process \"%ls\" with PID %lu could not be terminated.\r\nReason: Access is denied.\r\n",
                entry->szExeFile, entry->th32ProcessID);
        return FALSE;
    }
    if (parent)
        printf("SUCCESS: The process with PID %lu (child process of PID %lu) has been terminated.\r\n",
               entry->th32ProcessID, parent);
    else
        printf("SUCCESS: The process \"%ls\" with PID %lu has been terminated.\r\n", entry->szExeFile,
               entry->th32ProcessID);
    return TRUE;
}

int wmain(int count, wchar_t **words) {
    const wchar_t *meant = L"";
    int found = 0, failed = 0;
    for (int i = 1; i < count; i++) {
        struct filter *filter = &filters[filter_count];
        if (is(words[i], L"/f")) continue;
        if (is(words[i], L"/t")) {
            with_children = TRUE;
            continue;
        }
        if (i + 1 == count || filter_count == 8) return bad("Invalid syntax. Value expected.");
        if (is(words[i], L"/fi")) {
            if (!read_filter(filter, words[++i])) return bad("The search filter cannot be recognized.");
        } else if (is(words[i], L"/im") || is(words[i], L"/pid")) {
            filter->by_pid = is(words[i], L"/pid"), filter->equal = TRUE, named = TRUE;
            wcsncpy(filter->value, meant = words[++i], MAX_PATH - 1);
        } else return bad("Invalid argument/option.");
        filter_count++;
    }
    if (!filter_count) return bad("Invalid syntax. Neither /FI nor /PID nor /IM were specified.");
    take_stock();
    for (int i = 0; i < count_all; i++) {
        if (!wanted(filters, filter_count, &all[i])) continue;
        found++;
        failed += !end(&all[i], 0);
    }
    if (found) return failed ? 1 : 0;
    if (!named) return printf("INFO: No tasks running with the specified criteria.\r\n"), 0;
    fprintf(stderr, "ERROR: The process \"%ls\" not found.\r\n", meant);
    return 128;
}
