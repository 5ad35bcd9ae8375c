/* What does Windows Installer call of the vendor's MSI? (A stand-in, for tests only.)
 *
 * `look` tells the launch conditions what they ask for, `check` refuses, `install` sets the client up once its program
 * is in its folder, `remove` takes it away. What the appliance put into the package are its private properties. */
#include "client.h"
#include <msi.h>
#include <msiquery.h>

#define CLIENTS L"SOFTWARE\\Bomgar\\JumpClientUninstall"

static BOOL property(MSIHANDLE session, const wchar_t *name, wchar_t *to, DWORD room) {
    *to = 0;
    MsiGetPropertyW(session, name, to, &room);
    return *to != 0;
}

static void tell(MSIHANDLE session, INSTALLMESSAGE kind, const wchar_t *text) {
    MSIHANDLE record = MsiCreateRecord(1);
    MsiRecordSetStringW(record, 0, L"[1]");
    MsiRecordSetStringW(record, 1, text);
    MsiProcessMessage(session, kind, record);
    MsiCloseHandle(record);
}

static UINT fail(MSIHANDLE session, const wchar_t *why) {
    wchar_t line[1024];
    _snwprintf(line, 1024, L"Jump Client installation failed: %ls", why);
    note(line);
    tell(session, INSTALLMESSAGE_ERROR, line);
    return ERROR_INSTALL_FAILURE;
}

static void read_release(MSIHANDLE session, struct release *release) {
    wchar_t number[32];
    property(session, L"JcProduct", release->product, 32);
    property(session, L"JcSite", release->site, 256);
    property(session, L"JcFingerprint", release->fingerprint, 65);
    property(session, L"JcPermitted", release->permitted, 256);
    property(session, L"JcExpires", number, 32);
    release->expires = _wtoi64(number);
}

/* A package that has the key in its own name needs no KEY_INFO. */
static void find_key(MSIHANDLE session, wchar_t *key, DWORD room) {
    wchar_t path[MAX_PATH], stem[64];
    if (property(session, L"KEY_INFO", key, room)) return;
    property(session, L"OriginalDatabase", path, MAX_PATH);
    property(session, L"JcStem", stem, 64);
    const wchar_t *name = wcsrchr(path, '\\') ? wcsrchr(path, '\\') + 1 : path;
    size_t length = wcslen(stem);
    if (_wcsnicmp(name, stem, length) || name[length] != '-') return;
    wcsncpy(key, name + length + 1, room - 1);
    if (wcsrchr(key, '.')) *wcsrchr(key, '.') = 0;
}

static void read_wish(MSIHANDLE session, struct wish *wish) {
    wchar_t name[64], text[256];
    find_key(session, wish->key, 256);
    property(session, L"INSTALLDIR", wish->folder, MAX_PATH);
    wish->online = property(session, L"ONLINE_INSTALL", text, 256);
    wish->start = property(session, L"START_SERVICES", text, 256);
    for (int i = 0; OVERRIDES[i]; i++) {
        _snwprintf(name, 64, L"JC_%ls", OVERRIDES[i]);
        _wcsupr(name);
        wish->given[i] = property(session, name, wish->value[i], 2048);
    }
}

__declspec(dllexport) UINT WINAPI look(MSIHANDLE session) {
    static struct release release;
    static struct wish wish;
    struct made made;
    wchar_t installed[64];
    if (property(session, L"Installed", installed, 64)) return ERROR_SUCCESS;
    read_release(session, &release);
    read_wish(session, &wish);
    /* Windows writes down the launch condition that failed, Wine does not. */
    if (*wish.key) MsiSetPropertyW(session, L"JcHasKey", L"1");
    else tell(session, INSTALLMESSAGE_INFO, L"KEY_INFO is missing.");
    if (*wish.folder && GetFileAttributesW(wish.folder) != INVALID_FILE_ATTRIBUTES) {
        MsiSetPropertyW(session, L"JcFolderExists", L"1");
        tell(session, INSTALLMESSAGE_INFO, L"The installation directory already exists.");
    }
    choose(&release, &wish, &made);
    MsiSetPropertyW(session, L"INSTALLDIR", made.folder);
    MsiSetPropertyW(session, L"JcId", made.id);
    MsiSetPropertyW(session, L"JcService", made.service);
    return ERROR_SUCCESS;
}

__declspec(dllexport) UINT WINAPI check(MSIHANDLE session) {
    static struct release release;
    static struct wish wish;
    wchar_t why[512];
    read_release(session, &release);
    read_wish(session, &wish);
    refusal(&release, &wish, why, 512);
    if (*why) return fail(session, why);
    const wchar_t *refused = appliance_refusal(&release);
    if (refused) return fail(session, refused);
    if (behaves(L"partial", NULL) > 0) {
        CreateDirectoryW(wish.folder, NULL);
        return fail(session, L"the connection was lost");
    }
    return ERROR_SUCCESS;
}

__declspec(dllexport) UINT WINAPI install(MSIHANDLE session) {
    static struct release release;
    static struct wish wish;
    struct made made;
    wchar_t code[64], line[2 * MAX_PATH];
    HKEY key;
    read_release(session, &release);
    read_wish(session, &wish);
    property(session, L"INSTALLDIR", made.folder, MAX_PATH);
    size_t length = wcslen(made.folder);
    if (length && made.folder[length - 1] == '\\') made.folder[length - 1] = 0;
    property(session, L"JcId", made.id, 16);
    property(session, L"JcService", made.service, 128);
    property(session, L"ProductCode", code, 64);
    if (!set_up(&release, &wish, &made)) return fail(session, L"the service could not be started");
    _snwprintf(line, 2 * MAX_PATH, L"\"%ls\\%ls.exe\" -uninstall silent", made.folder, release.product);
    RegCreateKeyExW(HKEY_LOCAL_MACHINE, CLIENTS, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
    RegSetValueExW(key, code, 0, REG_SZ, (BYTE *)line, (DWORD)(2 * wcslen(line) + 2));
    RegCloseKey(key);
    note(L"installed");
    return ERROR_SUCCESS;
}

__declspec(dllexport) UINT WINAPI remove_client(MSIHANDLE session) {
    wchar_t code[64], line[2 * MAX_PATH] = L"", settings[MAX_PATH], product[32], will[256] = L"";
    struct made made;
    DWORD size = sizeof line;
    behaves(L"uninstall", will);
    if (!wcscmp(will, L"stuck")) return ERROR_SUCCESS;
    if (!wcscmp(will, L"fail")) return fail(session, L"the client could not be uninstalled");
    Sleep(1000 * _wtoi(will));
    property(session, L"ProductCode", code, 64);
    property(session, L"JcProduct", product, 32);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, CLIENTS, code, RRF_RT_REG_SZ, NULL, line, &size)) return ERROR_SUCCESS;
    *wcsrchr(line, '\\') = 0;
    wcscpy(made.folder, line + 1);
    _snwprintf(settings, MAX_PATH, L"%ls\\settings.ini", made.folder);
    GetPrivateProfileStringW(L"General", L"id", L"", made.id, 16, settings);
    _snwprintf(made.service, 128, !wcsncmp(product, L"bomgar", 6) ? L"bomgar-ps-%ls" : L"sra-pin-%ls", made.id);
    if (!take_down(&made)) return fail(session, L"the install directory could not be removed");
    HKEY key;
    RegOpenKeyExW(HKEY_LOCAL_MACHINE, CLIENTS, 0, KEY_WRITE, &key);
    RegDeleteValueW(key, code);
    RegCloseKey(key);
    tell_removal(made.id);
    note(L"uninstalled");
    return ERROR_SUCCESS;
}
