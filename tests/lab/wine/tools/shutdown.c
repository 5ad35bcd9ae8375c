/* How does a host restart? /r or /s, with /t SECONDS, /f, /c and /d; /a takes it back (the lab's stand-in). The
 * lab's server waits for the word on L: and restarts the host. */
#include "tool.h"

static int denied(DWORD error, const char *words) {
    fprintf(stderr, "%s(%lu)\r\n", words, error);
    return (int)error;
}

int wmain(int count, wchar_t **words) {
    char action = 0;
    unsigned long seconds = 30;
    for (int i = 1; i < count; i++) {
        wchar_t letter = words[i][0] == '/' || words[i][0] == '-' ? towlower(words[i][1]) : 0;
        if (letter == 'r' || letter == 's' || letter == 'a') action = (char)letter;
        else if (letter == 't' && i + 1 < count) seconds = wcstoul(words[++i], NULL, 10);
        else if ((letter == 'c' || letter == 'd') && i + 1 < count) i++;
        else if (letter != 'f') return fprintf(stderr, "Invalid argument: %ls\r\n", words[i]), 1;
    }
    if (!is_administrator()) return denied(5, "Access is denied.");
    if (action == 'a') {
        if (!DeleteFileW(L"L:\\shutdown"))
            return denied(1116, "Unable to abort the system shutdown because no shutdown was in progress.");
        return 0;
    }
    if (!action) return 1;
    if (GetFileAttributesW(L"L:\\shutdown") != INVALID_FILE_ATTRIBUTES)
        return denied(1190, "A system shutdown has already been scheduled.");
    FILE *file = _wfopen(L"L:\\shutdown.part", L"wb");
    if (!file) return denied(5, "Access is denied.");
    fprintf(file, "%c %lu\n", action, seconds);
    fclose(file);
    return !MoveFileW(L"L:\\shutdown.part", L"L:\\shutdown");
}
