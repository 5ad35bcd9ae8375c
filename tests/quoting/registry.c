/* Prints the values V0, V1, ... of one registry key in the same form as argv.c, one line in all. */
#include <windows.h>
#include <stdio.h>

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
    for (int i = 0;; i++) {
        static wchar_t name[16], text[32768];
        DWORD size = sizeof text;
        swprintf(name, 16, L"V%d", i);
        if (argc < 2 || RegGetValueW(HKEY_LOCAL_MACHINE, argv[1], name, RRF_RT_REG_SZ, NULL, text, &size))
            break;
        print(text);
    }
    printf("\n");
    return 0;
}
