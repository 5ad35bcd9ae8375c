/* Who is logged in? The name, or with /groups what makes an administrator one (the lab's stand-in). */
#include "tool.h"

int wmain(int count, wchar_t **words) {
    wchar_t computer[64], user[64] = L"";
    DWORD size = 64;
    GetComputerNameW(computer, &size);
    GetEnvironmentVariableW(L"USERNAME", user, 64);
    if (count == 1) return printf("%ls\\%ls\r\n", _wcslwr(computer), _wcslwr(user)), 0;
    if (!is(words[1], L"/groups")) return fprintf(stderr, "The lab's whoami knows no %ls.\r\n", words[1]), 1;
    printf("\r\nGROUP INFORMATION\r\n-----------------\r\n\r\n"
           "Group Name                           Type             SID          Attributes\r\n"
           "==================================== ================ ============ "
           "==================================================\r\n"
           "Everyone                             Well-known group S-1-1-0      Mandatory group, Enabled by "
           "default, Enabled group\r\n");
    if (is_administrator())
        printf("BUILTIN\\Administrators               Alias            S-1-5-32-544 Mandatory group, Enabled by "
               "default, Enabled group, Group owner\r\n"
               "Mandatory Label\\High Mandatory Level Label            S-1-16-12288\r\n");
    else
        printf("BUILTIN\\Users                        Alias            S-1-5-32-545 Mandatory group, Enabled by "
               "default, Enabled group\r\n");
    return 0;
}
