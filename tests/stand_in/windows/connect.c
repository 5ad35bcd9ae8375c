/* How does the client reach its site? As its settings.ini says. (A stand-in, for tests only.)
 *
 * Sections, settings and methods are those of the vendor's guide, "Manually Modify Windows Jump Client Proxy
 * Information"; so is it that name and password become unreadable once they were read. What the client does to
 * settings that make no sense the guide does not say: here it ends. Without a method it goes to the stand-in appliance
 * (tests/appliance/clients.py) that the host's behaviour file names, and without that it is just there. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include "client.h"

static wchar_t settings[MAX_PATH], site[256], server[256], user[512], password[512];
static int method, port;

static void setting(const wchar_t *section, const wchar_t *name, wchar_t *value, DWORD room) {
    GetPrivateProfileStringW(section, name, L"", value, room, settings);
}

/* Turns a text that was made unreadable back; FALSE when it is not one. */
static BOOL readable(wchar_t *text) {
    char bytes[512];
    if (wcsncmp(text, L"hashed:", 7)) return FALSE;
    int length = 0;
    for (const wchar_t *at = text + 7; at[0] && at[1]; at += 2) {
        unsigned byte = 0;
        swscanf(at, L"%2x", &byte);
        bytes[length++] = (char)~byte;
    }
    bytes[length] = 0;
    MultiByteToWideChar(CP_UTF8, 0, bytes, -1, text, 512);
    return TRUE;
}

static void read_secret(const wchar_t *name, wchar_t *text) {
    char bytes[512];
    wchar_t hidden[1100] = L"hashed:";
    setting(L"Proxy", name, text, 512);
    if (!*text || readable(text)) return;
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
    for (const char *at = bytes; *at; at++) swprintf(hidden + wcslen(hidden), 3, L"%02x", (unsigned char)~*at);
    WritePrivateProfileStringW(L"Proxy", name, hidden, settings);
}

/* TRUE for settings that make sense; without a method the client would look for a proxy itself. */
static BOOL read_settings(const wchar_t *folder) {
    wchar_t text[256];
    _snwprintf(settings, MAX_PATH, L"%ls\\settings.ini", folder);
    setting(L"General", L"site", site, 256);
    read_secret(L"ProxyUser", user);
    read_secret(L"ProxyPass", password);
    setting(L"Proxy\\Manual", L"ProxyMethod", text, 256);
    method = *text ? _wtoi(text) : -1;
    if (method < 0) return TRUE;
    setting(L"Proxy", L"version", text, 256);
    if (wcscmp(text, L"1")) return FALSE;
    setting(L"Proxy\\Manual", L"ProxyHost", server, 256);
    setting(L"Proxy\\Manual", L"ProxyPort", text, 256);
    port = _wtoi(text);
    return method == 0 || ((method == 100 || method == 200) && *server && port > 0 && port < 65536);
}

static SOCKET reach(const wchar_t *host, int at) {
    wchar_t number[8];
    ADDRINFOW wanted = {0}, *found = NULL;
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    _snwprintf(number, 8, L"%d", at);
    if (GetAddrInfoW(host, number, &wanted, &found)) return INVALID_SOCKET;
    SOCKET made = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (connect(made, found->ai_addr, (int)found->ai_addrlen)) closesocket(made), made = INVALID_SOCKET;
    FreeAddrInfoW(found);
    return made;
}

static void base64(char *to, const char *from) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(from);
    for (size_t i = 0; i < length; i += 3) {
        unsigned long bits = 0;
        for (int j = 0; j < 3; j++) bits = bits << 8 | (i + j < length ? (unsigned char)from[i + j] : 0);
        for (int j = 0; j < 4; j++) *to++ = i + j > length ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
    *to = 0;
}

/* Asks the proxy for the site; whether it lets us through. */
static BOOL is_let_through(SOCKET proxy) {
    char login[1030], words[1400], text[2300], answer[512] = "";
    if (method == 0) return TRUE;
    if (method == 200) {
        send(proxy, "\4\1\1\273\177\0\0\1\0", 9, 0);
        return recv(proxy, answer, 8, 0) > 1 && answer[0] == 0 && answer[1] == 0x5a;
    }
    _snprintf(login, sizeof login, "%ls:%ls", user, password);
    base64(words, login);
    int length = _snprintf(text, sizeof text, "CONNECT %ls:443 HTTP/1.1\r\nProxy-Authorization: Basic %s\r\n\r\n", site,
                           words);
    send(proxy, text, length, 0);
    return recv(proxy, answer, sizeof answer - 1, 0) > 0 && !strncmp(answer, "HTTP/1.", 7) &&
           !strncmp(answer + 8, " 200", 4);
}

/* The stand-in appliance, where the behaviour file has `appliance=ADDRESS:PORT`. */
static SOCKET reach_appliance(void) {
    WSADATA data;
    wchar_t place[256] = L"", *colon;
    behaves(L"appliance", place);
    if (!(colon = wcschr(place, ':'))) return INVALID_SOCKET;
    *colon = 0;
    WSAStartup(MAKEWORD(2, 2), &data);
    return reach(place, _wtoi(colon + 1));
}

const wchar_t *appliance_refusal(const struct release *release) {
    char host[256] = "", line[512], answer[4] = "";
    if (behaves(L"appliance", NULL) < 0) return NULL;
    SOCKET made = reach_appliance();
    if (made == INVALID_SOCKET) return L"the appliance cannot be reached";
    gethostname(host, sizeof host);
    send(made, line, _snprintf(line, sizeof line, "begin\t%ls\t%s\n", release->fingerprint, host), 0);
    recv(made, answer, 2, MSG_WAITALL);
    closesocket(made);
    return strcmp(answer, "go") ? L"this installer is not valid any more" : NULL;
}

void tell_removal(const wchar_t *id) {
    char line[64];
    SOCKET made = reach_appliance();
    if (made == INVALID_SOCKET) return;
    send(made, line, _snprintf(line, sizeof line, "bye\t%ls\n", id), 0);
    closesocket(made);
}

/* What the client is, as its settings have it. */
static void introduce(SOCKET to) {
    static char line[8192];
    char host[256] = "", words[600];
    FILE *file = _wfopen(settings, L"rb");
    if (!file) return;
    gethostname(host, sizeof host);
    send(to, words, _snprintf(words, sizeof words, "hello\toperating_system=Windows\thostname=%s\tfqdn=%s", host, host), 0);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (strncmp(line, "id=", 3) && strncmp(line, "key_sha256=", 11) && strncmp(line, "jc_", 3)) continue;
        send(to, "\t", 1, 0);
        send(to, line, (int)strlen(line), 0);
    }
    fclose(file);
    send(to, "\n", 1, 0);
}

static void stay_with_appliance(void) {
    char byte;
    for (;;) {
        SOCKET made = reach_appliance();
        if (made != INVALID_SOCKET) {
            introduce(made);
            while (recv(made, &byte, 1, 0) > 0) {}
            closesocket(made);
        }
        Sleep(1000);
    }
}

BOOL stay_connected(const wchar_t *folder) {
    WSADATA data;
    char byte;
    if (!read_settings(folder)) return FALSE;
    if (method < 0 && behaves(L"appliance", NULL) >= 0) stay_with_appliance();
    if (method < 0) Sleep(INFINITE);
    WSAStartup(MAKEWORD(2, 2), &data);
    for (;;) {
        SOCKET made = method ? reach(server, port) : reach(site, 443);
        if (made != INVALID_SOCKET && is_let_through(made))
            while (recv(made, &byte, 1, 0) > 0) {}
        if (made != INVALID_SOCKET) closesocket(made);
        Sleep(1000);
    }
}
