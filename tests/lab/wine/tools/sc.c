/* What do the services do? As sc prints it: query, queryex, qc, start, stop, config, create, delete (the lab's
 * stand-in; the services are Wine's). */
#include "tool.h"

static int failed(const char *what, DWORD error) {
    printf("[SC] %s FAILED %lu:\r\n\r\n%s\r\n\r\n", what, error, words_for(error));
    return (int)error;
}

static const char *state_of(DWORD state) {
    static const char *const names[] = {"",        "STOPPED",          "START_PENDING", "STOP_PENDING",
                                        "RUNNING", "CONTINUE_PENDING", "PAUSE_PENDING", "PAUSED"};
    return state < 8 ? names[state] : "";
}

static const char *type_of(DWORD type) {
    switch (type & 0xff) {
        case 0x10: return "WIN32_OWN_PROCESS";
        case 0x20: return "WIN32_SHARE_PROCESS";
        case 0x01: return "KERNEL_DRIVER";
        default: return "";
    }
}

static void show(const wchar_t *name, const SERVICE_STATUS_PROCESS *status, BOOL with_process) {
    printf("\r\nSERVICE_NAME: %ls \r\n", name);
    printf("        TYPE               : %lx  %s  \r\n", status->dwServiceType, type_of(status->dwServiceType));
    printf("        STATE              : %lu  %s \r\n", status->dwCurrentState, state_of(status->dwCurrentState));
    if (status->dwCurrentState != SERVICE_STOPPED)
        printf("                                (%s, %s, %s)\r\n",
               status->dwControlsAccepted & SERVICE_ACCEPT_STOP ? "STOPPABLE" : "NOT_STOPPABLE",
               status->dwControlsAccepted & SERVICE_ACCEPT_PAUSE_CONTINUE ? "PAUSABLE" : "NOT_PAUSABLE",
               status->dwControlsAccepted & SERVICE_ACCEPT_SHUTDOWN ? "ACCEPTS_SHUTDOWN" : "IGNORES_SHUTDOWN");
    printf("        WIN32_EXIT_CODE    : %lu  (0x%lx)\r\n", status->dwWin32ExitCode, status->dwWin32ExitCode);
    printf("        SERVICE_EXIT_CODE  : %lu  (0x%lx)\r\n", status->dwServiceSpecificExitCode,
           status->dwServiceSpecificExitCode);
    printf("        CHECKPOINT         : 0x%lx\r\n        WAIT_HINT          : 0x%lx\r\n", status->dwCheckPoint,
           status->dwWaitHint);
    if (with_process)
        printf("        PID                : %lu\r\n        FLAGS              : \r\n", status->dwProcessId);
}

static void look(SC_HANDLE service, SERVICE_STATUS_PROCESS *status) {
    DWORD needed;
    memset(status, 0, sizeof *status);
    QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof *status, &needed);
}

static int query_all(SC_HANDLE manager, DWORD states, BOOL extended) {
    static BYTE room[262144];
    DWORD needed, found, again = 0;
    if (!EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, states, room, sizeof room, &needed,
                               &found, &again, NULL))
        return failed("EnumQueryServicesStatus", GetLastError());
    ENUM_SERVICE_STATUS_PROCESSW *all = (void *)room;
    for (DWORD i = 0; i < found; i++) show(all[i].lpServiceName, &all[i].ServiceStatusProcess, extended);
    return 0;
}

static int query(SC_HANDLE manager, const wchar_t *name, BOOL extended) {
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);
    if (!service) return failed("EnumQueryServicesStatus:OpenService", GetLastError());
    SERVICE_STATUS_PROCESS status;
    look(service, &status);
    show(name, &status, extended);
    return 0;
}

static int show_config(SC_HANDLE manager, const wchar_t *name) {
    static BYTE room[8192];
    QUERY_SERVICE_CONFIGW *config = (void *)room;
    DWORD needed;
    static const char *const starts[] = {"BOOT_START", "SYSTEM_START", "AUTO_START", "DEMAND_START", "DISABLED"};
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);
    if (!service) return failed("OpenService", GetLastError());
    if (!QueryServiceConfigW(service, config, sizeof room, &needed))
        return failed("QueryServiceConfig", GetLastError());
    printf("[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: %ls\r\n", name);
    printf("        TYPE               : %lx  %s \r\n", config->dwServiceType, type_of(config->dwServiceType));
    printf("        START_TYPE         : %lu   %s\r\n", config->dwStartType,
           config->dwStartType < 5 ? starts[config->dwStartType] : "");
    printf("        ERROR_CONTROL      : %lu   %s\r\n", config->dwErrorControl,
           config->dwErrorControl ? "NORMAL" : "IGNORE");
    printf("        BINARY_PATH_NAME   : %ls  \r\n        LOAD_ORDER_GROUP   : \r\n        TAG                : 0  "
           "\r\n",
           config->lpBinaryPathName);
    printf("        DISPLAY_NAME       : %ls  \r\n        DEPENDENCIES       : \r\n        SERVICE_START_NAME : "
           "LocalSystem  \r\n",
           config->lpDisplayName);
    return 0;
}

static int start(SC_HANDLE manager, const wchar_t *name) {
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_START | SERVICE_QUERY_STATUS);
    if (!service) return failed("StartService: OpenService", GetLastError());
    if (!StartServiceW(service, 0, NULL)) return failed("StartService", GetLastError());
    SERVICE_STATUS_PROCESS status;
    look(service, &status);
    show(name, &status, TRUE);
    return 0;
}

static int stop(SC_HANDLE manager, const wchar_t *name) {
    SERVICE_STATUS_PROCESS status;
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_STOP | SERVICE_QUERY_STATUS);
    if (!service) return failed("OpenService", GetLastError());
    if (!ControlService(service, SERVICE_CONTROL_STOP, (SERVICE_STATUS *)&status))
        return failed("ControlService", GetLastError());
    look(service, &status);
    show(name, &status, FALSE);
    return 0;
}

static DWORD start_type(int count, wchar_t **words, DWORD otherwise) {
    for (int i = 2; i + 1 < count; i++)
        if (is(words[i], L"start="))
            return is(words[i + 1], L"auto") || is(words[i + 1], L"delayed-auto") ? SERVICE_AUTO_START
                   : is(words[i + 1], L"demand")                                  ? SERVICE_DEMAND_START
                   : is(words[i + 1], L"disabled")                                ? SERVICE_DISABLED
                                                                                  : otherwise;
    return otherwise;
}

static const wchar_t *option(int count, wchar_t **words, const wchar_t *name) {
    for (int i = 2; i + 1 < count; i++)
        if (is(words[i], name)) return words[i + 1];
    return NULL;
}

static int change(SC_HANDLE manager, int count, wchar_t **words) {
    SC_HANDLE service = OpenServiceW(manager, words[2], SERVICE_CHANGE_CONFIG);
    if (!service) return failed("OpenService", GetLastError());
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start_type(count, words, SERVICE_NO_CHANGE),
                              SERVICE_NO_CHANGE, option(count, words, L"binPath="), NULL, NULL, NULL, NULL, NULL,
                              option(count, words, L"DisplayName=")))
        return failed("ChangeServiceConfig", GetLastError());
    printf("[SC] ChangeServiceConfig SUCCESS\r\n");
    return 0;
}

static int create(SC_HANDLE manager, int count, wchar_t **words) {
    if (!CreateServiceW(manager, words[2], option(count, words, L"DisplayName="), SERVICE_ALL_ACCESS,
                        SERVICE_WIN32_OWN_PROCESS, start_type(count, words, SERVICE_DEMAND_START),
                        SERVICE_ERROR_NORMAL, option(count, words, L"binPath="), NULL, NULL, NULL, NULL, NULL))
        return failed("CreateService", GetLastError());
    printf("[SC] CreateService SUCCESS\r\n");
    return 0;
}

static int delete(SC_HANDLE manager, const wchar_t *name) {
    SC_HANDLE service = OpenServiceW(manager, name, DELETE);
    if (!service) return failed("OpenService", GetLastError());
    if (!DeleteService(service)) return failed("DeleteService", GetLastError());
    printf("[SC] DeleteService SUCCESS\r\n");
    return 0;
}

int wmain(int count, wchar_t **words) {
    if (count < 2) return printf("ERROR:  Unrecognized command\r\n"), 1639;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (!manager) return failed("OpenSCManager", GetLastError());
    BOOL extended = is(words[1], L"queryex");
    if (is(words[1], L"query") || extended) {
        /* `type= service` and `state= all` narrow the list; a bare word is a name. */
        BOOL listing = count == 2 || wcschr(words[2], '=') != NULL;
        DWORD states = option(count, words, L"state=") ? SERVICE_STATE_ALL : SERVICE_ACTIVE;
        return listing ? query_all(manager, states, extended) : query(manager, words[2], extended);
    }
    if (count < 3) return printf("ERROR:  Unrecognized command\r\n"), 1639;
    if (is(words[1], L"qc")) return show_config(manager, words[2]);
    if (!is_administrator()) return failed(is(words[1], L"start") ? "StartService: OpenService" : "OpenService", 5);
    if (is(words[1], L"start")) return start(manager, words[2]);
    if (is(words[1], L"stop")) return stop(manager, words[2]);
    if (is(words[1], L"config")) return change(manager, count, words);
    if (is(words[1], L"create")) return create(manager, count, words);
    if (is(words[1], L"delete")) return delete(manager, words[2]);
    return printf("ERROR:  Unrecognized command\r\n"), 1639;
}
