/* Start and stop services: `net start NAME`, `net stop NAME`, by name or by shown name (the lab's stand-in). */
#include "tool.h"

static int help(DWORD number, const char *words) {
    fprintf(stderr, "%s\r\n\r\nMore help is available by typing NET HELPMSG %lu.\r\n\r\n", words, number);
    return 2;
}

static BOOL wait_for(SC_HANDLE service, DWORD state) {
    SERVICE_STATUS status;
    for (int i = 0; i < 100; i++) {
        QueryServiceStatus(service, &status);
        if (status.dwCurrentState == state) return TRUE;
        Sleep(100);
    }
    return FALSE;
}

int wmain(int count, wchar_t **words) {
    static wchar_t name[256], shown[256];
    DWORD size = 256;
    BOOL starts = count == 3 && is(words[1], L"start"), stops = count == 3 && is(words[1], L"stop");
    if (!starts && !stops)
        return fprintf(stderr, "The lab's net knows `net start NAME` and `net stop NAME`.\r\n"), 1;
    if (!is_administrator())
        return fprintf(stderr, "System error 5 has occurred.\r\n\r\nAccess is denied.\r\n\r\n"), 2;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (!GetServiceKeyNameW(manager, words[2], name, &size)) wcsncpy(name, words[2], 255);
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
    if (!service) return help(2185, "The service name is invalid.");
    size = 256;
    GetServiceDisplayNameW(manager, name, shown, &size);
    SERVICE_STATUS status;
    if (starts) {
        if (!StartServiceW(service, 0, NULL))
            return GetLastError() == 1056 ? help(2182, "The requested service has already been started.")
                                          : help(2186, "The service is not responding to the control function.");
        printf("The %ls service is starting.\r\n", shown);
        if (!wait_for(service, SERVICE_RUNNING))
            return printf("The %ls service could not be started.\r\n\r\n", shown), 2;
        printf("The %ls service was started successfully.\r\n\r\n", shown);
        return 0;
    }
    if (!ControlService(service, SERVICE_CONTROL_STOP, &status)) {
        fprintf(stderr,
                "The %ls service is not started.\r\n\r\nMore help is available by typing NET HELPMSG 3521.\r\n\r\n",
                shown);
        return 2;
    }
    printf("The %ls service is stopping.\r\n", shown);
    if (!wait_for(service, SERVICE_STOPPED))
        return printf("The %ls service could not be stopped.\r\n\r\n", shown), 2;
    printf("The %ls service was stopped successfully.\r\n\r\n", shown);
    return 0;
}
