/* Who is connected to whom? As `netstat -ano [-p tcp|tcpv6]` prints it, with the processes, which Wine's own does not
 * show (the lab's stand-in). */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include "tool.h"

static void line(const char *protocol, const char *local, const char *remote, const char *state, DWORD pid) {
    printf("  %-6s %-22s %-22s %-15s %lu\r\n", protocol, local, remote, state, pid);
}

static const char *state_of(DWORD state) {
    static const char *const names[] = {"",          "CLOSED",      "LISTENING",  "SYN_SENT",   "SYN_RECEIVED",
                                        "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING",
                                        "LAST_ACK",  "TIME_WAIT",   "DELETE_TCB"};
    return state < 13 ? names[state] : "";
}

static void *table(ULONG family) {
    DWORD size = 0;
    void *room = NULL;
    DWORD ended;
    while ((ended = GetExtendedTcpTable(room, &size, TRUE, family, TCP_TABLE_OWNER_PID_ALL, 0)) ==
           ERROR_INSUFFICIENT_BUFFER)
        room = realloc(room, size);
    return ended ? NULL : room;
}

static void port_of(char *text, const char *address, DWORD port) {
    sprintf(text, "%s:%u", address, ntohs((u_short)port));
}

static void list_v4(void) {
    MIB_TCPTABLE_OWNER_PID *all = table(AF_INET);
    for (DWORD i = 0; all && i < all->dwNumEntries; i++) {
        const MIB_TCPROW_OWNER_PID *row = &all->table[i];
        char words[64], local[80], remote[80];
        inet_ntop(AF_INET, &row->dwLocalAddr, words, sizeof words);
        port_of(local, words, row->dwLocalPort);
        inet_ntop(AF_INET, &row->dwRemoteAddr, words, sizeof words);
        port_of(remote, words, row->dwState == MIB_TCP_STATE_LISTEN ? 0 : row->dwRemotePort);
        line("TCP", local, remote, state_of(row->dwState), row->dwOwningPid);
    }
}

static void list_v6(void) {
    MIB_TCP6TABLE_OWNER_PID *all = table(AF_INET6);
    for (DWORD i = 0; all && i < all->dwNumEntries; i++) {
        const MIB_TCP6ROW_OWNER_PID *row = &all->table[i];
        char words[64] = "[", local[80], remote[80];
        inet_ntop(AF_INET6, row->ucLocalAddr, words + 1, sizeof words - 2);
        port_of(local, strcat(words, "]"), row->dwLocalPort);
        inet_ntop(AF_INET6, row->ucRemoteAddr, words + 1, sizeof words - 2);
        port_of(remote, strcat(words, "]"), row->dwState == MIB_TCP_STATE_LISTEN ? 0 : row->dwRemotePort);
        line("TCP", local, remote, state_of(row->dwState), row->dwOwningPid);
    }
}

int wmain(int count, wchar_t **words) {
    BOOL v4 = TRUE, v6 = TRUE;
    if (count < 2 || !is(words[1], L"-ano") || (count != 2 && (count != 4 || !is(words[2], L"-p")))) {
        printf("\r\nDisplays protocol statistics and current TCP/IP network connections.\r\n");
        return 1;
    }
    if (count == 4) v4 = is(words[3], L"tcp"), v6 = is(words[3], L"tcpv6");
    printf("\r\nActive Connections\r\n\r\n  Proto  Local Address          Foreign Address        State           PID\r\n");
    if (v4) list_v4();
    if (v6) list_v6();
    if (count == 2) printf("  UDP    0.0.0.0:123            *:*                                    1\r\n");
    return 0;
}
