/* Which file system filters are loaded? Only administrators are told (the lab's stand-in for fltMC). */
#include "tool.h"

int wmain(void) {
    if (!is_administrator()) {
        fprintf(stderr, "Access is denied.\r\n");
        return 5;
    }
    printf("\r\nFilter Name                     Num Instances    Altitude    Frame\r\n"
           "------------------------------  -------------  ------------  -----\r\n"
           "WdFilter                                3       328010         0\r\n"
           "storqosflt                              0       244000         0\r\n"
           "FileInfo                                3        40500         0\r\n");
    return 0;
}
