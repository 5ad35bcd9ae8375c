//! Does each rule find what is planted against it, and nothing in what is right?

use crate::batch::flaws;

/// Each with the rule it breaks in its last line but one; a file that ends is made of it.
const PLANTED: &[(&str, &str)] = &[
    ("errorlevel", "if errorlevel 1 exit /b 2"),
    ("errorlevel", "if not errorlevel 1 goto :end"),
    ("errorlevel", "for %%J in (a b) do if defined x if not errorlevel 1 exit /b 2"),
    ("set", "set name=%ProgramData%\\x"),
    ("set", "for /d %%D in (*) do set name=%%D"),
    ("set", "set \"name=value\" more"),
    ("call", "for /f %%L in ('reg query HKLM') do call :end \"%%L\""),
    ("call", "for /d %%D in (jumpfleet-*) do call :end \"%%~fD\""),
    ("call", "set \"name=a&b\"\r\ncall :end \"%name%\""),
    ("unquoted", "call :end %staging%"),
    ("call", "call set \"name=x\""),
    ("call", "call other.cmd"),
    ("call", "for /f \"delims=\" %%F in ('dir /b') do cmd /d /c \"%%F\""),
    ("unquoted", "set \"name=a&b\"\r\necho %name%"),
    ("unquoted", "for /d %%D in (*) do rmdir %%D"),
    ("unquoted", "for /f %%L in ('ver') do if %%L==x exit /b 2"),
    ("unquoted", "set /p name=<file\r\nset /a number=%name%"),
    ("unquoted", "if defined TEMP for %%T in (%TEMP%) do echo %%T"),
    (
        "quotes",
        "for /f \"tokens=1,2*\" %%A in ('reg query HKLM') do set \"name=%%C\"\r\nif \"%name%\"==\"x\" exit /b 2",
    ),
    (
        "quotes",
        "for /f \"usebackq delims=\" %%L in (\"C:\\file\") do set \"name=%%L\"\r\nset \"name=%name:x=%\"",
    ),
    ("label", "goto :nowhere"),
    ("label", "call :nowhere"),
    ("label", "if defined x (goto :nowhere)"),
    ("label", "rem\r\n:end"),
    ("exit", "if defined x exit /b"),
    ("exit", "if defined x exit"),
    ("exit", "exit /b %1"),
    ("early", "if defined x (\r\nset \"name=a\"\r\nif \"%name%\"==\"a\" exit /b 2\r\n)"),
    ("early", "set \"name=a\" & if \"%name%\"==\"a\" exit /b 2"),
    ("early", "if defined x (\r\nreg query HKLM\r\nif \"%ERRORLEVEL%\"==\"0\" exit /b 2\r\n)"),
    ("early", "for %%J in (a b) do set \"name=%name% %%J\""),
    ("win32_product", "wmic product get name"),
    ("win32_product", "powershell Get-CimInstance Win32_Product"),
    ("code_page", "echo Büro"),
    ("bytes", "echo \u{7}"),
];

/// What is right, for all that it looks alike.
const RIGHT: &[&str] = &[
    "if not \"%ERRORLEVEL%\"==\"0\" exit /b 2",
    "set \"name=%name:\"=%\"",
    "set staging=\"C:\\R&D\"\r\nset \"staging=%staging:\"=%\"\r\ncall :end \"%staging%\" 7",
    "set \"name: \" >>\"%staging%\\file\" 2>nul",
    "for %%V in (64 32) do call :end %%V",
    "for /f \"delims=\" %%N in (\"%name%\") do echo %%N",
    "for /f \"tokens=5,6* delims=\\-\" %%A in ('reg query HKLM 2^>nul') do if \"%%A\"==\"x\" set \"name=%%B %%C\"",
    "for /f \"skip=1 delims=\" %%H in ('certutil -hashfile \"%file%\" SHA256') do if not defined x set \"x=%%H\"",
    "for /d %%D in (jumpfleet-*) do if /i not \"%%~fD\\\"==\"%~dp0\" rmdir /s /q \"%%~fD\" 2>nul",
    "if \"%x%\"==\"a\" (\r\nset \"x=b\"\r\necho c\r\n) else set \"x=d\"",
    "for %%I in (\"%file%\") do set \"letters=%letters%%%~aI\"",
    "set /a waited+=1\r\nif %waited% lss 60 goto :end",
    "cmd /d /c ^\"\"%here%\\steps\\look.cmd\" ^\" >\"%seen%\" 2>nul",
    "set /a late=((now-slot) %% window + window) %% window\r\necho %late% (of 100%%)",
    "chcp 65001 >nul\r\necho Büro",
    "rem if errorlevel 1 call %x%",
    "reg query HKLM >nul && goto :end",
];

fn file(text: &str) -> String {
    format!("@echo off\r\n{text}\r\n:end\r\nexit /b 0\r\n")
}

#[test]
fn each_rule_finds_what_breaks_it() {
    for (rule, text) in PLANTED {
        let line = 1 + text.lines().count();
        let found = flaws(file(text).as_bytes());
        let is_found = found.iter().any(|flaw| {
            let in_block = *rule == "early" && text.ends_with(')');
            flaw.rule == *rule
                && (flaw.line == line - usize::from(in_block) || flaw.line == line + 1 && *rule == "label")
        });
        assert!(is_found, "{rule}: {text}\n{found:#?}");
        // What one rule is planted for is nothing that another finds.
        assert!(found.iter().all(|flaw| flaw.rule == *rule), "{rule}: {text}\n{found:#?}");
    }
}

#[test]
fn what_is_right_is_left_alone() {
    for text in RIGHT {
        assert_eq!(flaws(file(text).as_bytes()), [], "{text}");
    }
}

#[test]
fn a_file_as_a_whole_is_looked_at() {
    let rules = |text: &str| {
        flaws(text.as_bytes()).into_iter().map(|flaw| (flaw.line, flaw.rule)).collect::<Vec<_>>()
    };
    assert_eq!(rules("echo a\r\nexit /b 0\n"), [(2, "crlf")]);
    assert_eq!(rules("exit /b 0"), [(1, "crlf"), (1, "crlf")]);
    assert_eq!(rules("\u{feff}exit /b 0\r\n"), [(1, "bytes"), (1, "code_page"), (1, "end")]);
    assert_eq!(rules("exit /b 0\r\necho a\r\n"), [(2, "end")]);
    assert_eq!(rules("if defined x exit /b 0\r\n"), [(1, "end")]);
    assert_eq!(rules("if defined x (\r\n:label\r\n)\r\nexit /b 0\r\n"), [(2, "label")]);
    let long = |count: usize| format!("rem {}\r\nexit /b 0\r\n", "x".repeat(count - 4));
    assert_eq!((rules(&long(8191)), rules(&long(8192))), (vec![], vec![(1, "long")]));
}
