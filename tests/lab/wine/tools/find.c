/* Which lines hold a text? As `find [/V] [/C] [/N] [/I] "text" [FILE...]` prints them (the lab's stand-in; Wine's own
 * knows no switch but /I). */
#include "tool.h"
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

static BOOL not_those, count_only, numbered, any_case;
static char wanted[1024];

static BOOL holds(const char *line) {
    size_t length = strlen(wanted);
    // As on Windows, no line holds an empty text.
    if (!length) return FALSE;
    for (; *line; line++)
        if (any_case ? !_strnicmp(line, wanted, length) : !strncmp(line, wanted, length)) return TRUE;
    return FALSE;
}

static long look(FILE *file) {
    static char line[65536];
    long found = 0;
    for (long number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\r\n")] = 0;
        if (holds(line) == not_those) continue;
        found++;
        if (count_only) continue;
        if (numbered) printf("[%ld]", number);
        printf("%s\r\n", line);
    }
    return found;
}

static int refuse(const char *why) {
    fprintf(stderr, "FIND: %s\r\n", why);
    return 2;
}

int wmain(int count, wchar_t **words) {
    int at = 1;
    long found = 0;
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    for (; at < count && words[at][0] == '/'; at++) {
        if (is(words[at], L"/v")) not_those = TRUE;
        else if (is(words[at], L"/c")) count_only = TRUE;
        else if (is(words[at], L"/n")) numbered = TRUE;
        else if (is(words[at], L"/i")) any_case = TRUE;
        else return refuse("Invalid switch");
    }
    if (at == count) return refuse("Parameter format not correct");
    WideCharToMultiByte(CP_UTF8, 0, words[at++], -1, wanted, sizeof wanted, NULL, NULL);
    if (at == count) {
        found = look(stdin);
        if (count_only) printf("%ld\r\n", found);
    }
    for (; at < count; at++) {
        FILE *file = _wfopen(words[at], L"rb");
        if (!file) {
            fprintf(stderr, "File not found - %ls\r\n", words[at]);
            continue;
        }
        printf("\r\n---------- %ls", words[at]);
        if (!count_only) printf("\r\n");
        long here = look(file);
        if (count_only) printf(": %ld\r\n", here);
        found += here;
        fclose(file);
    }
    return found ? 0 : 1;
}
