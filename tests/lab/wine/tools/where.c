/* Where does a program lie? The folders of PATH and the current one, with PATHEXT's endings (the lab's stand-in). */
#include "tool.h"

static int search(const wchar_t *folder, const wchar_t *name) {
    static const wchar_t *const endings[] = {L"", L".COM", L".EXE", L".BAT", L".CMD", 0};
    int found = 0;
    for (int i = 0; endings[i]; i++) {
        wchar_t path[MAX_PATH];
        _snwprintf(path, MAX_PATH, L"%ls\\%ls%ls", folder, name, endings[i]);
        DWORD attributes = GetFileAttributesW(path);
        if (attributes == INVALID_FILE_ATTRIBUTES || attributes & FILE_ATTRIBUTE_DIRECTORY) continue;
        printf("%ls\r\n", path);
        found++;
    }
    return found;
}

int wmain(int count, wchar_t **words) {
    static wchar_t path[32768], current[MAX_PATH];
    if (count != 2) return fprintf(stderr, "ERROR: The lab's where takes one name.\r\n"), 2;
    GetCurrentDirectoryW(MAX_PATH, current);
    int found = search(current, words[1]);
    GetEnvironmentVariableW(L"PATH", path, 32768);
    for (wchar_t *folder = wcstok(path, L";"); folder; folder = wcstok(NULL, L";"))
        found += search(folder, words[1]);
    if (found) return 0;
    fprintf(stderr, "INFO: Could not find files for the given pattern(s).\r\n");
    return 1;
}
