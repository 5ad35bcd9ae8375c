/* Wait: `timeout /t SECONDS [/nobreak]`. Like the real one it refuses when its input is no console, as over SSH
 * (the lab's stand-in). */
#include "tool.h"

int wmain(void) {
    fprintf(stderr, "ERROR: Input redirection is not supported, exiting the process immediately.\r\n");
    return 1;
}
