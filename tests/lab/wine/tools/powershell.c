/* How does PowerShell read the one line it is given? (The lab's hosts have no PowerShell; this is a model of it.)
 *
 *   powershell.exe -c LINE
 *
 * Only a command with arguments is understood, read as Windows PowerShell 5.1 reads it: its quotes, backticks and
 * variables, its refusal of `&&` and of stray `&`, a line that begins with a quote (a value, not a command), and how
 * it hands arguments on (quotes inside are lost, empty ones too). All else fails, so that nothing passes unread.
 * The status is 0 or 1, as it is with -c, whatever the program's own was. */
#include "tool.h"

#define LONGEST 32768
static wchar_t command[LONGEST * 2], word[LONGEST];
static const wchar_t *at;

static int refuse(const char *what, const wchar_t *where) {
    fprintf(stderr,
            "At line:1 char:1\r\n%s: %.60ls\r\n    + CategoryInfo          : ParserError: (:) [], "
            "ParentContainsErrorRecordException\r\n",
            what, where);
    return 1;
}

static BOOL is_double(wchar_t c) { return c == '"' || c == 0x201c || c == 0x201d || c == 0x201e; }
static BOOL is_single(wchar_t c) { return c == '\'' || (c >= 0x2018 && c <= 0x201b); }
static BOOL is_blank(wchar_t c) { return c == ' ' || c == '\t' || c == 0xa0; }
static BOOL ends_word(wchar_t c) { return !c || is_blank(c) || wcschr(L";|&(){}<>,\r\n", c); }

static wchar_t escaped(wchar_t c) {
    switch (c) {
        case '0': return 0;
        case 'a': return 7;
        case 'b': return 8;
        case 'f': return 12;
        case 'n': return 10;
        case 'r': return 13;
        case 't': return 9;
        case 'v': return 11;
        default: return c;
    }
}

/* What a variable holds: those of the environment have values here, all others are empty. FALSE for what is no mere
 * variable. */
static BOOL variable(wchar_t **to) {
    wchar_t name[256];
    size_t length = 0;
    BOOL braced = *at == '{';
    if (braced) at++;
    while (length < 255 && *at && (iswalnum(*at) || *at == '_' || *at == ':' || (braced && *at != '}')))
        name[length++] = *at++;
    name[length] = 0;
    if (braced && *at++ != '}') return FALSE;
    if (!_wcsnicmp(name, L"env:", 4)) *to += GetEnvironmentVariableW(name + 4, *to, 4096);
    return TRUE;
}

static BOOL starts_variable(wchar_t next) { return iswalnum(next) || next == '_' || next == '{'; }

static BOOL in_quotes(wchar_t **to) {
    for (at++; *at; at++) {
        if (is_double(*at)) {
            if (!is_double(at[1])) return at++, TRUE;
            *(*to)++ = *at++;
        } else if (*at == '`' && at[1]) *(*to)++ = escaped(*++at);
        else if (*at == '$' && at[1] == '(') return FALSE;
        else if (*at == '$' && starts_variable(at[1])) {
            at++;
            if (!variable(to)) return FALSE;
            at--;
        } else *(*to)++ = *at;
    }
    return FALSE;
}

static BOOL in_single_quotes(wchar_t **to) {
    for (at++; *at; at++) {
        if (is_single(*at)) {
            if (!is_single(at[1])) return at++, TRUE;
            at++;
        }
        *(*to)++ = *at;
    }
    return FALSE;
}

/* The next word, or FALSE where this is more than a word. */
static BOOL next_word(void) {
    wchar_t *to = word;
    BOOL quoted = is_double(*at) || is_single(*at);
    if (*at == '@' || !wcsncmp(at, L"--%", 3)) return FALSE;
    while (!ends_word(*at)) {
        if (is_double(*at)) {
            if (!in_quotes(&to)) return FALSE;
            /* A quoted beginning is a word of its own. */
            if (quoted) break;
        } else if (is_single(*at)) {
            if (!in_single_quotes(&to)) return FALSE;
            if (quoted) break;
        } else if (*at == '`' && at[1]) *to++ = escaped(*++at), at++;
        else if (*at == '$' && at[1] == '(') return FALSE;
        else if (*at == '$' && starts_variable(at[1])) {
            at++;
            if (!variable(&to)) return FALSE;
        } else *to++ = *at++;
    }
    *to = 0;
    return TRUE;
}

/* As Windows PowerShell hands an argument to a program: quotes around it where it holds blanks, none escaped. */
static void hand_on(void) {
    if (!*word) return;
    size_t length = wcslen(word);
    BOOL wrap = wcspbrk(word, L" \t") && word[0] != '"';
    wcscat(command, L" ");
    if (wrap) wcscat(command, L"\"");
    wcscat(command, word);
    if (wrap && word[length - 1] == '\\') wcscat(command, L"\\");
    if (wrap) wcscat(command, L"\"");
}

static int no_command(void) {
    fprintf(stderr,
            "%ls : The term '%ls' is not recognized as the name of a cmdlet, function, script file, or operable "
            "program. (The lab's PowerShell has none of its own.)\r\n",
            word, word);
    return 1;
}

static BOOL find_program(void) {
    static wchar_t path[MAX_PATH], search[LONGEST];
    static const wchar_t *const endings[] = {L".exe", L".cmd", L".bat", L".com", 0};
    /* Not the current folder: PowerShell never looks there. */
    GetEnvironmentVariableW(L"PATH", search, LONGEST);
    DWORD length = 0;
    BOOL has_folder = wcspbrk(word, L"\\/:") != NULL;
    for (int i = 0; endings[i] && !length; i++)
        length = SearchPathW(has_folder ? NULL : search, word, endings[i], MAX_PATH, path, NULL);
    const wchar_t *ending = length ? wcsrchr(path, '.') : NULL;
    if (!ending) return FALSE;
    BOOL is_batch = is(ending, L".cmd") || is(ending, L".bat");
    if (!is_batch && !is(ending, L".exe") && !is(ending, L".com")) return FALSE;
    wsprintfW(command, is_batch ? L"C:\\windows\\system32\\cmd.exe /c \"%ls\"" : L"\"%ls\"", path);
    return TRUE;
}

static int run(void) {
    STARTUPINFOW start = {0};
    PROCESS_INFORMATION process;
    DWORD status = 1;
    start.cb = sizeof start;
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return no_command();
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &status);
    return status != 0;
}

int wmain(int count, wchar_t **words) {
    if (count != 3 || !(is(words[1], L"-c") || is(words[1], L"-Command"))) {
        fprintf(stderr, "The lab's PowerShell takes -c and one line.\r\n");
        return 1;
    }
    at = words[2];
    while (is_blank(*at)) at++;
    BOOL called = *at == '&';
    if (called)
        for (at++; is_blank(*at); at++);
    BOOL value = !called && (is_double(*at) || is_single(*at));
    if (!called && !value && (wcschr(L"$([@{<>|;,.+-!%?#", *at) || iswdigit(*at)))
        return refuse("The lab's PowerShell understands commands only", at);
    if (!next_word()) return refuse("The lab's PowerShell cannot read this", at);
    if (value) {
        while (is_blank(*at)) at++;
        if (*at) return refuse("Unexpected token in expression or statement", at);
        printf("%ls\r\n", word);
        return 0;
    }
    if (!find_program()) return no_command();
    for (;;) {
        while (is_blank(*at)) at++;
        if (!*at || *at == '#') break;
        if (*at == '&' && at[1] == '&')
            return refuse("The token '&&' is not a valid statement separator in this version", at);
        if (*at == '&') return refuse("The ampersand (&) character is not allowed", at);
        if (*at == '<') return refuse("The '<' operator is reserved for future use", at);
        if (ends_word(*at)) return refuse("The lab's PowerShell understands one command only", at);
        if (!next_word()) return refuse("The lab's PowerShell cannot read this", at);
        hand_on();
    }
    return run();
}
