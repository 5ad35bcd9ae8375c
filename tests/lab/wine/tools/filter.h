/* Which processes are meant: `/fi "imagename|pid eq|ne VALUE"`, as tasklist and taskkill take it. */
#include "tool.h"
#include <tlhelp32.h>

static inline BOOL matches(const wchar_t *name, const wchar_t *pattern) {
    size_t length = wcslen(pattern);
    if (length && pattern[length - 1] == '*') return !_wcsnicmp(name, pattern, length - 1);
    return is(name, pattern);
}

struct filter {
    BOOL by_pid, equal;
    wchar_t value[MAX_PATH];
};

static inline BOOL read_filter(struct filter *filter, const wchar_t *text) {
    wchar_t what[32], how[8];
    if (swscanf(text, L"%31ls %7ls %259l[^\n]", what, how, filter->value) != 3) return FALSE;
    filter->by_pid = is(what, L"pid");
    filter->equal = is(how, L"eq");
    return (filter->by_pid || is(what, L"imagename")) && (filter->equal || is(how, L"ne"));
}

static inline BOOL wanted(const struct filter *filters, int count, const PROCESSENTRY32W *entry) {
    for (int i = 0; i < count; i++) {
        BOOL same = filters[i].by_pid ? (DWORD)_wtoi(filters[i].value) == entry->th32ProcessID
                                      : matches(entry->szExeFile, filters[i].value);
        if (same != filters[i].equal) return FALSE;
    }
    return TRUE;
}
