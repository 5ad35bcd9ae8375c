/* Prints its whole command line in the form of argv.c, as the program gets it that reads it by rules of its own. */
#include <windows.h>
#include <stdio.h>

int wmain(void)
{
    static char bytes[65536];
    int size = WideCharToMultiByte(CP_OEMCP, 0, GetCommandLineW(), -1, bytes, sizeof bytes, NULL, NULL);
    printf("=");
    for (int i = 0; i < size - 1; i++)
        printf("%02x", (unsigned char)bytes[i]);
    printf("\n");
    return 0;
}
