/* What runs? As tasklist prints it: /nh, /fo table|csv|list, /fi "imagename|pid eq|ne VALUE" (the lab's stand-in). */
#include "filter.h"
#include <psapi.h>

static int bad(const char *why) {
    fprintf(stderr, "ERROR: %s\r\nType \"TASKLIST /?\" for usage.\r\n", why);
    return 1;
}

static unsigned long kilobytes(DWORD pid) {
    PROCESS_MEMORY_COUNTERS counters = {sizeof counters};
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid);
    if (process) GetProcessMemoryInfo(process, &counters, sizeof counters), CloseHandle(process);
    return (unsigned long)(counters.WorkingSetSize / 1024);
}

static void grouped(char *to, unsigned long number) {
    if (number >= 1000000) sprintf(to, "%lu,%03lu,%03lu K", number / 1000000, number / 1000 % 1000, number % 1000);
    else if (number >= 1000) sprintf(to, "%lu,%03lu K", number / 1000, number % 1000);
    else sprintf(to, "%lu K", number);
}

static void show(const PROCESSENTRY32W *entry, const wchar_t *format, BOOL first, BOOL header) {
    char memory[32];
    grouped(memory, kilobytes(entry->th32ProcessID));
    if (is(format, L"csv")) {
        if (first && header) printf("\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\r\n");
        printf("\"%ls\",\"%lu\",\"Services\",\"0\",\"%s\"\r\n", entry->szExeFile, entry->th32ProcessID, memory);
    } else if (is(format, L"list")) {
        printf("\r\nImage Name:   %ls\r\nPID:          %lu\r\nSession Name: Services\r\nSession#:     0\r\n"
               "Mem Usage:    %s\r\n",
               entry->szExeFile, entry->th32ProcessID, memory);
    } else {
        if (first) printf("\r\n");
        if (first && header)
            printf("Image Name                     PID Session Name        Session#    Mem Usage\r\n"
                   "========================= ======== ================ =========== ============\r\n");
        printf("%-25.25ls %8lu %-16s %11d %12s\r\n", entry->szExeFile, entry->th32ProcessID, "Services", 0, memory);
    }
}

int wmain(int count, wchar_t **words) {
    struct filter filters[8];
    int filter_count = 0;
    const wchar_t *format = L"table";
    BOOL header = TRUE, any = FALSE;
    for (int i = 1; i < count; i++) {
        if (is(words[i], L"/nh")) header = FALSE;
        else if (is(words[i], L"/fo") && i + 1 < count) format = words[++i];
        else if (is(words[i], L"/fi") && i + 1 < count && filter_count < 8) {
            if (!read_filter(&filters[filter_count++], words[++i]))
                return bad("The search filter cannot be recognized.");
        } else return bad("Invalid argument/option.");
    }
    if (!is(format, L"table") && !is(format, L"csv") && !is(format, L"list"))
        return bad("Invalid syntax. Value expected for '/fo'.");
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry = {sizeof entry};
    for (BOOL more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry)) {
        if (!wanted(filters, filter_count, &entry)) continue;
        show(&entry, format, !any, header);
        any = TRUE;
    }
    if (!any) printf("INFO: No tasks are running which match the specified criteria.\r\n");
    return 0;
}
