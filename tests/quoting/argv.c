/* Prints its arguments as CommandLineToArgvW reads them: one line, "=" and hexadecimal digits each.
   The bytes are those of the code page batch files are read in, so they come back as written.
   Exits with 1 when the C runtime's own reading differs. */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>

int _dowildcard = 0;

static void print(const wchar_t *text)
{
    static char bytes[65536];
    int size = WideCharToMultiByte(CP_OEMCP, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
    printf(" =");
    for (int i = 0; i < size - 1; i++)
        printf("%02x", (unsigned char)bytes[i]);
}

int wmain(int argc, wchar_t **argv)
{
    int count;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    int same = count == argc;
    for (int i = 1; i < count; i++) {
        print(words[i]);
        same = same && wcscmp(words[i], argv[i]) == 0;
    }
    printf(same ? "\n" : " the C runtime differs\n");
    return same ? 0 : 1;
}
