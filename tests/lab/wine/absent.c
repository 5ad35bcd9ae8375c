/* What a program says that the lab's Windows hosts do not have. Wine's own of these names print nothing and end with 0,
 * so whoever relied on one would never hear that nothing was done. */
#include <stdio.h>
#include <wchar.h>

int wmain(int count, wchar_t **words) {
    (void)count;
    fwprintf(stderr, L"The lab's Windows hosts have no %ls.\r\n", words[0]);
    return 1;
}
