/* Who may open a file? Answers as icacls does and checks what it is told, but changes nothing: the lab's
 * Windows hosts keep no access lists (stand-in). */
#include "tool.h"

static BOOL is_right(const wchar_t *text) {
    while (*text == '(') {
        const wchar_t *end = wcschr(text, ')');
        if (!end) return FALSE;
        text = end + 1;
    }
    return !*text || is(text, L"F") || is(text, L"M") || is(text, L"RX") || is(text, L"R") || is(text, L"W") ||
           is(text, L"D");
}

static BOOL is_account(const wchar_t *name) {
    static const wchar_t *const known[] = {
        L"Administrator",        L"operator", L"Administrators", L"BUILTIN\\Administrators", L"SYSTEM",
        L"NT AUTHORITY\\SYSTEM", L"Everyone", L"Users",          L"BUILTIN\\Users",          0};
    if (!wcsncmp(name, L"*S-1-", 5)) return TRUE;
    wchar_t computer[64];
    DWORD size = 64;
    GetComputerNameW(computer, &size);
    size_t length = wcslen(computer);
    if (!_wcsnicmp(name, computer, length) && name[length] == '\\') name += length + 1;
    for (int i = 0; known[i]; i++)
        if (is(name, known[i])) return TRUE;
    return FALSE;
}

static int wrong(const wchar_t *word) {
    fprintf(stderr, "Invalid parameter \"%ls\"\r\n", word);
    return 87;
}

static int summary(int status, DWORD error, const wchar_t *of) {
    if (error && of) fprintf(stderr, "%ls: %s\r\n", of, words_for(error));
    printf("Successfully processed %d files; Failed processing %d files\r\n", !error, !!error);
    return status;
}

/* NAME:RIGHTS, where the name may hold no colon. */
static int grant(const wchar_t *text) {
    wchar_t name[256];
    const wchar_t *colon = wcschr(text, ':');
    if (!colon || colon - text > 255) return wrong(text);
    wcsncpy(name, text, colon - text);
    name[colon - text] = 0;
    if (!is_right(colon + 1)) return wrong(text);
    return is_account(name) ? 0 : 1332;
}

int wmain(int count, wchar_t **words) {
    if (count < 2) return wrong(L"");
    BOOL changes = count > 2, granting = FALSE;
    for (int i = 2; i < count; i++) {
        if (is(words[i], L"/grant") || is(words[i], L"/grant:r") || is(words[i], L"/deny")) granting = TRUE;
        else if (is(words[i], L"/remove") && i + 1 < count) i++, granting = FALSE;
        else if (is(words[i], L"/setowner") && i + 1 < count) {
            granting = FALSE;
            if (!is_account(words[++i])) return summary(1332, 1332, words[i]);
        } else if (words[i][0] == '/') {
            static const wchar_t *const flags[] = {
                L"/inheritance:r", L"/inheritance:d", L"/inheritance:e", L"/reset", L"/T", L"/C", L"/Q", L"/L", 0};
            int known = 0;
            for (int j = 0; flags[j]; j++) known |= is(words[i], flags[j]);
            if (!known) return wrong(words[i]);
            granting = FALSE;
        } else if (granting) {
            int status = grant(words[i]);
            if (status == 87) return status;
            if (status) return summary(status, status, words[i]);
        } else return wrong(words[i]);
    }
    if (GetFileAttributesW(words[1]) == INVALID_FILE_ATTRIBUTES)
        return summary(GetLastError(), GetLastError(), words[1]);
    if (changes) printf("processed file: %ls\r\n", words[1]);
    else printf("%ls BUILTIN\\Administrators:(I)(OI)(CI)(F)\r\n\r\n", words[1]);
    return summary(0, 0, NULL);
}
