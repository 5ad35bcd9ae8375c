//! How does a value reach a Windows program, through a batch file or not, and how does a script become one?
//!
//! The batch rules hold for a plain line of a `.cmd` file that runs with delayed expansion off
//! (`!` would otherwise be read). `call`, `for` and both sides of a `|` read a line twice, so no
//! gap may stand there. Characters outside ASCII need `chcp 65001` before their line.

use std::iter::repeat_n;

/// One argument by the rules of `CommandLineToArgvW` and the C runtime, for a command line that no
/// shell reads: quoted when empty or when it holds a blank or a quote, backslashes doubled only
/// before a quote.
pub fn argument(value: &str) -> String {
    if value.is_empty() || value.contains([' ', '\t', '\n', '\u{b}', '"']) {
        return in_quotes(value);
    }
    value.to_owned()
}

/// The same argument inside a line of a batch file: cmd.exe's own characters are kept inside double
/// quotes, and where the value has a quote of its own, each of them gets a caret instead.
pub fn cmd_line_argument(value: &str) -> String {
    if is_plain(value) {
        return value.to_owned();
    }
    let said = in_quotes(value);
    if value.contains('"') { with_carets(&said) } else { percent_doubled(&said) }
}

/// The value part of `PROPERTY=value` on an msiexec line of a batch file: in double quotes unless
/// plain, quotes inside doubled (Windows Installer, "Command-Line Options"), backslashes as they
/// are; the name and its `=` stay outside the quotes.
pub fn msi_property(value: &str) -> String {
    if !value.is_empty() && is_plain(value) {
        return value.to_owned();
    }
    format!("\"{}\"", percent_doubled(value).replace('"', "\"\""))
}

/// A text with the line ends of Windows, without which cmd.exe misses labels.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The batch file that a host hears: the script as a part of its own that reads nothing, and its exit code behind the mark.
///
/// The code is read from there, for some servers hand on only its last byte.
pub fn batch_file(script: &str, mark: &str) -> String {
    lines(&format!(
        "@echo off\ncall :jumpfleet_step <nul\nset \"jumpfleet_status=%ERRORLEVEL%\"\necho.\n\
         echo {mark}%jumpfleet_status%\nexit /b %jumpfleet_status%\n:jumpfleet_step\n{script}\nexit /b %ERRORLEVEL%\n"
    ))
}

/// Without any character that means something to cmd.exe, to one of its own commands or to a
/// program's reading of its arguments.
fn is_plain(value: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || r"_-.:\".contains(character);
    !value.is_empty() && value.chars().all(plain)
}

fn in_quotes(value: &str) -> String {
    let mut said = String::with_capacity(value.len() + 2);
    said.push('"');
    let mut backslashes = 0;
    for character in value.chars() {
        if character == '"' {
            said.extend(repeat_n('\\', backslashes + 1));
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        said.push(character);
    }
    said.extend(repeat_n('\\', backslashes));
    said.push('"');
    said
}

/// cmd.exe counts quotes without looking at backslashes, so `\"` would open what it should not:
/// with a caret before every quote it counts none, and every other character of its own needs one.
fn with_carets(said: &str) -> String {
    let mut line = String::with_capacity(said.len() * 2);
    for character in said.chars() {
        match character {
            '%' => line.push('%'),
            '"' | '^' | '&' | '|' | '<' | '>' | '(' | ')' => line.push('^'),
            _ => {}
        }
        line.push(character);
    }
    line
}

/// A batch file reads `%` before it looks at quotes or carets.
fn percent_doubled(said: &str) -> String {
    said.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_file_has_the_line_ends_that_labels_need() {
        let text = batch_file("echo a\r\nexit /b 3\n", "mark ");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert!(text.contains(":jumpfleet_step\r\necho a\r\nexit /b 3\r\n"), "{text}");
        assert!(text.contains("echo mark %jumpfleet_status%\r\n"), "{text}");
    }

    #[test]
    fn says_an_argument() {
        let table = [
            ("", r#""""#),
            ("plain", "plain"),
            (r"C:\dir\", r"C:\dir\"),
            ("a&b", "a&b"),
            ("a b", r#""a b""#),
            ("a\tb", "\"a\tb\""),
            (r"a b\", r#""a b\\""#),
            (r"a\b c", r#""a\b c""#),
            (r#"""#, r#""\"""#),
            (r#"a"b"#, r#""a\"b""#),
            (r#"a\"b"#, r#""a\\\"b""#),
            (r#"\\"\\"#, r#""\\\\\"\\\\""#),
            ("100%", "100%"),
        ];
        for (value, said) in table {
            assert_eq!(argument(value), said, "{value:?}");
        }
    }

    #[test]
    fn says_an_argument_in_a_batch_file() {
        let table = [
            ("", r#""""#),
            ("jumpgroup:it-desk", "jumpgroup:it-desk"),
            (r"C:\Windows\Temp\", r"C:\Windows\Temp\"),
            (r"C:\Program Files (x86)\", r#""C:\Program Files (x86)\\""#),
            ("a&b|c<d>e^f(g)", r#""a&b|c<d>e^f(g)""#),
            ("100%PATH%", r#""100%%PATH%%""#),
            ("%1", r#""%%1""#),
            ("now!", r#""now!""#),
            ("a=b,c;d", r#""a=b,c;d""#),
            ("/quiet", r#""/quiet""#),
            (r#"a"b"#, r#"^"a\^"b^""#),
            (r#"say "hi" & exit"#, r#"^"say \^"hi\^" ^& exit^""#),
            (r#"%A%"^<(\"#, r#"^"%%A%%\^"^^^<^(\\^""#),
        ];
        for (value, said) in table {
            assert_eq!(cmd_line_argument(value), said, "{value:?}");
        }
    }

    /// The doubled quote is proven here only: Wine's msiexec drops it.
    #[test]
    fn says_a_property() {
        let table = [
            ("", r#""""#),
            ("jumpgroup:it-desk", "jumpgroup:it-desk"),
            ("one two", r#""one two""#),
            (r"C:\Program Files\X Y", r#""C:\Program Files\X Y""#),
            (r"C:\a b\", r#""C:\a b\""#),
            ("a&b|c<d>e^f", r#""a&b|c<d>e^f""#),
            ("100%", r#""100%%""#),
            ("[ProductCode]", r#""[ProductCode]""#),
            (r#"say "hi" & exit"#, r#""say ""hi"" & exit""#),
            (r#"""#, r#""""""#),
        ];
        for (value, said) in table {
            assert_eq!(msi_property(value), said, "{value:?}");
        }
    }

    /// What cmd.exe hands on from a line of a batch file; fails where it would not hand on at all.
    fn heard(line: &str) -> String {
        let line = line.replace("%%", "\u{1}");
        assert!(!line.contains('%'), "a variable in {line}");
        let (mut heard, mut quoted) = (String::new(), false);
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            match character {
                '^' if !quoted => heard.extend(rest.next()),
                '"' => {
                    quoted = !quoted;
                    heard.push('"');
                }
                bare => {
                    assert!(quoted || !"&|<>()".contains(bare), "a bare {bare} in {line}");
                    heard.push(bare);
                }
            }
        }
        assert!(!quoted, "an open quote in {line}");
        heard.replace('\u{1}', "%")
    }

    proptest::proptest! {
        #[test]
        fn cmd_hands_on_every_value(value in r#"[ a-z"\\^&|<>()%!',;=]{0,24}"#) {
            let said = heard(&cmd_line_argument(&value));
            assert!(said == value || said == in_quotes(&value), "{value:?} is heard as {said}");
            let said = heard(&msi_property(&value));
            assert!(said == value || said == format!("\"{}\"", value.replace('"', "\"\"")), "{said}");
        }
    }
}
