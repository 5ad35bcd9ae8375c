/* What do the small tools have in common: who asks, and Windows' own words for its error numbers? */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static inline BOOL is(const wchar_t *word, const wchar_t *wanted) { return !_wcsicmp(word, wanted); }

/* The lab's hosts have one account with administrator rights. */
static inline BOOL is_administrator(void) {
    wchar_t user[64] = L"";
    GetEnvironmentVariableW(L"USERNAME", user, 64);
    return is(user, L"Administrator") || is(user, L"SYSTEM");
}

static inline const char *words_for(DWORD error) {
    switch (error) {
        case 2: return "The system cannot find the file specified.";
        case 3: return "The system cannot find the path specified.";
        case 5: return "Access is denied.";
        case 32: return "The process cannot access the file because it is being used by another process.";
        case 87: return "The parameter is incorrect.";
        case 1051: return "A stop control has been sent to a service that other running services are dependent on.";
        case 1052: return "The requested control is not valid for this service.";
        case 1053: return "The service did not respond to the start or control request in a timely fashion.";
        case 1056: return "An instance of the service is already running.";
        case 1058:
            return "The service cannot be started, either because it is disabled or because it has no enabled "
                   "devices associated with it.";
        case 1060: return "The specified service does not exist as an installed service.";
        case 1061: return "The service cannot accept control messages at this time.";
        case 1062: return "The service has not been started.";
        case 1072: return "The specified service has been marked for deletion.";
        case 1073: return "The specified service already exists.";
        case 1332: return "No mapping between account names and security IDs was done.";
        default: return "An error that the lab's tools have no words for.";
    }
}
