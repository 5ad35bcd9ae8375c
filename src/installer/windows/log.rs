//! Why did a package fail, by Windows Installer's own log?

/// The property that holds the installer's key.
const KEY: &str = "KEY_INFO";

/// What stands in the place of a key.
const MASK: &str = "‹key›";

/// The lines before the failed action that are quoted.
const BEFORE: usize = 10;

/// How far before the failed action its cause is looked for.
const REACH: usize = 40;

/// What a log tells of a failure, with keys masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The one line that names it.
    pub line: String,
    /// The lines around the failed action.
    pub excerpt: String,
}

/// A log's text: UTF-16 where it begins with a byte order mark, as Windows writes it, or else one byte a character.
pub fn text(bytes: &[u8]) -> String {
    let wide = |from: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = from.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        // The end of a long log has lost its mark, and every other byte of its Latin letters is zero.
        _ if bytes.iter().skip(1).step_by(2).take(64).filter(|byte| **byte == 0).count() > 32 => {
            wide(bytes, u16::from_le_bytes)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The cause of a failure; none where the log names none.
pub fn cause(log: &str) -> Option<Cause> {
    let lines: Vec<&str> = log.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    // The first action that failed; those around it fail because of it.
    let in_english = lines.iter().position(|line| line.contains("Return value 3"));
    let failed = in_english.or_else(|| lines.iter().position(|line| is_failed_end(line)));
    let (at, line) = match failed {
        Some(at) => {
            let before = at.saturating_sub(REACH)..at;
            let telling = before.clone().rev().find(|at| is_telling(lines[*at]));
            // A launch condition's own text may stand there without a word of Windows Installer's around it.
            let plain = || before.clone().rev().find(|at| !is_course(lines[*at]));
            (at, lines[telling.or_else(plain).unwrap_or(at)])
        }
        // Without an action there was no installation: the package could not be opened, or was refused.
        None => {
            let at = lines.iter().rposition(|line| is_telling(line) || is_refusal(line))?;
            (at, lines[at])
        }
    };
    let excerpt: Vec<String> =
        lines[at.saturating_sub(BEFORE)..lines.len().min(at + 2)].iter().map(|line| masked(line)).collect();
    Some(Cause { line: masked(message(line)), excerpt: excerpt.join("\n") })
}

/// Whether a line ends an action with 3, in whatever language: `Aktion beendet um 12:00:00: INSTALL. Rückgabewert 3.`
///
/// Only what Windows Installer's engine says of itself, `MSI (…`, is English on every Windows.
fn is_failed_end(line: &str) -> bool {
    let value = line.trim_end_matches(['.', '。', ' ']).strip_suffix('3');
    !line.starts_with("MSI (")
        && value
            .is_some_and(|before| before.ends_with(|last: char| !last.is_ascii_alphanumeric() && last != '.'))
        && has_time(line)
}

/// Whether `9:01:02` or the like stands in it.
fn has_time(line: &str) -> bool {
    let fits =
        |(at, byte): (usize, &u8)| if matches!(at, 1 | 4) { *byte == b':' } else { byte.is_ascii_digit() };
    let is_time = |part: &[u8]| part.iter().enumerate().all(fits);
    line.as_bytes().windows(7).any(is_time)
}

/// Whether a line says what went wrong: `Error 1721. …`, `Product: … -- …`, or a custom action's error code.
fn is_telling(line: &str) -> bool {
    let said = message(line);
    is_numbered(said) || is_of_product(said) || line.contains("returned actual error code")
}

/// `Error 1303. …`, by its form where it is another language's; never `Info 2898.`, as dialogs have them.
fn is_numbered(said: &str) -> bool {
    let Some((word, rest)) = said.split_once(' ') else { return false };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: Option<u32> = rest[..digits].parse().ok();
    match word {
        "Error" => number.is_some(),
        "Info" | "Warning" => false,
        word => {
            word.chars().all(char::is_alphabetic)
                && number.is_some_and(|number| number >= 1000 && !(2800..2900).contains(&number))
                && rest[digits..].starts_with('.')
        }
    }
}

/// `Product: Jump Client -- …`, by its form, for the first word is another in other languages.
fn is_of_product(said: &str) -> bool {
    let label = said.split_once(" -- ").and_then(|(before, _)| before.split_once(':'));
    label.is_some_and(|(word, _)| {
        let word = word.trim_end();
        !word.is_empty() && word.chars().all(char::is_alphabetic)
    })
}

/// Whether a line only tells how far Windows Installer has come.
fn is_course(line: &str) -> bool {
    has_time(line) || ["MSI (", "Action ", "=== ", "Property("].iter().any(|begin| line.starts_with(begin))
}

/// Whether a line tells with which code an installation ended before it began.
fn is_refusal(line: &str) -> bool {
    let code = line.rsplit_once("is returning ").map(|(_, code)| code.trim_end_matches('.'));
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code != 0)
}

/// A line without what stands before its message, such as `MSI (s) (B4:20) [12:00:00:123]: `.
fn message(line: &str) -> &str {
    let rest = line.strip_prefix("MSI (").and_then(|_| line.split_once("]: "));
    rest.map_or(line, |(_, said)| said).trim()
}

/// A line with the values of the key's property masked; the rest of it stays.
fn masked(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.to_ascii_uppercase().find(KEY) {
        let (before, after) = rest.split_at(at + KEY.len());
        shown += before;
        rest = after;
        let value = rest.trim_start();
        if let Some(value) = value.strip_prefix('=') {
            let value = value.trim_start();
            shown += &rest[..rest.len() - value.len()];
            shown += MASK;
            rest = &value[end_of_value(value)..];
        } else if let Some(open) = rest.find('\'') {
            // `Adding KEY_INFO property. Its value is '…'.`, with the old and the new value when it changes.
            let close = rest[open + 1..].find('\'').map_or(rest.len(), |length| open + 1 + length);
            shown += &rest[..=open];
            shown += MASK;
            rest = &rest[close..];
            if let Some(open) = rest.get(1..).and_then(|rest| rest.find('\'')).map(|at| at + 1) {
                let close = rest[open + 1..].find('\'').map_or(rest.len(), |length| open + 1 + length);
                shown += &rest[..=open];
                shown += MASK;
                rest = &rest[close..];
            }
        }
    }
    shown + rest
}

fn end_of_value(value: &str) -> usize {
    match value.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(value.len(), |length| length + 2),
        None => value.find(char::is_whitespace).unwrap_or(value.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn both_encodings_are_read() {
        let said = "=== Verbose logging started: 5/1/2026 ===\r\nTür\r\n";
        let marked = [vec![0xff, 0xfe], utf16(said)].concat();
        assert_eq!(text(&marked), said);
        let long = "MSI (s) (B4:20): PROPERTY CHANGE. ".repeat(10);
        assert_eq!(text(&utf16(&long)), long);
        assert_eq!(text(b"plain"), "plain");
        assert_eq!(text(b"T\xfcr"), "T\u{fffd}r");
        assert_eq!(text(b""), "");
    }

    const LAUNCH_CONDITION: &str = "\
MSI (s) (B4:20) [12:00:00:100]: Doing action: LaunchConditions
Action start 12:00:00: LaunchConditions.
MSI (s) (B4:20) [12:00:00:110]: Product: Jump Client -- This program needs KEY_INFO=abc123 on its command line.
Action ended 12:00:00: LaunchConditions. Return value 3.
Action ended 12:00:00: INSTALL. Return value 3.
Property(S): KEY_INFO = abc123
MSI (s) (B4:20) [12:00:00:200]: MainEngineThread is returning 1603
";

    #[test]
    fn the_first_failed_action_tells_the_cause() {
        let found = cause(LAUNCH_CONDITION).unwrap();
        assert_eq!(
            found.line,
            "Product: Jump Client -- This program needs KEY_INFO=‹key› on its command line."
        );
        assert!(found.excerpt.ends_with("INSTALL. Return value 3."), "{}", found.excerpt);
        assert!(!found.excerpt.contains("abc123"), "{}", found.excerpt);
    }

    #[test]
    fn an_error_with_a_number_is_the_cause() {
        let log = "Action start 1: Copy.\nError 1303. The installer has insufficient privileges.\nInfo 2898.\n\
            Action ended 1: Copy. Return value 3.\n";
        assert_eq!(cause(log).unwrap().line, "Error 1303. The installer has insufficient privileges.");
        let action = "CustomAction Register returned actual error code 1603 (note this may not be accurate)\n\
            Action ended 1: InstallFinalize. Return value 3.\n";
        assert!(cause(action).unwrap().line.starts_with("CustomAction Register"));
    }

    #[test]
    fn other_languages_are_read_by_their_form() {
        let german = "\
MSI (s) (B4:20) [12:00:00:100]: Doing action: LaunchConditions
Aktion gestartet um 12:00:00: LaunchConditions.
MSI (s) (B4:20) [12:00:00:110]: Produkt: Jump Client -- KEY_INFO=abc123 wird gebraucht.
Aktion beendet um 12:00:00: LaunchConditions. Rückgabewert 3.
Aktion beendet um 12:00:00: INSTALL. Rückgabewert 3.
MSI (s) (B4:20) [12:00:00:200]: MainEngineThread is returning 1603
";
        let found = cause(german).unwrap();
        assert_eq!(found.line, "Produkt: Jump Client -- KEY_INFO=‹key› wird gebraucht.");
        assert!(found.excerpt.ends_with("INSTALL. Rückgabewert 3."), "{}", found.excerpt);
        let spanish = "Acción iniciada a las 9:01:02: Copiar.\nError 1303. No hay privilegios.\nInfo 2898. Tahoma.\n\
            Acción finalizada a las 9:01:02: Copiar. Valor devuelto 3.\n\
            MSI (s) (B4:20) [9:01:02:200]: MainEngineThread is returning 1603\n";
        assert_eq!(cause(spanish).unwrap().line, "Error 1303. No hay privilegios.");
        let plain = "Aktion gestartet um 12:00:00: INSTALL.\nDieser Rechner ist zu alt.\n\
            Aktion gestartet um 12:00:00: LaunchConditions.\n\
            Aktion beendet um 12:00:00: INSTALL. Rückgabewert 3.\n";
        assert_eq!(cause(plain).unwrap().line, "Dieser Rechner ist zu alt.");
        let numbered = german.replace("MSI (s) (B4:20) [12:00:00:110]: Produkt: ", "Fehler 1721. ");
        assert!(cause(&numbered).unwrap().line.starts_with("Fehler 1721. Jump Client"));
    }

    #[test]
    fn an_action_that_went_well_is_no_failed_end() {
        assert!(is_failed_end("アクション終了 12:00:00: INSTALL。 戻り値 3。"));
        for line in [
            "Aktion beendet um 12:00:00: Copy. Rückgabewert 1.",
            "Aktion beendet um 12:00:00: Copy. Rückgabewert 13.",
            "Aktion gestartet um 12:00:00: Copy3.",
            "MSI (s) (B4:20) [12:00:00:110]: Copying to drive 3.",
            "Property(S): Schritt = 3",
            "=== Logging stopped: 5/1/2026  12:00:03 ===",
        ] {
            assert!(!is_failed_end(line), "{line}");
        }
    }

    #[test]
    fn the_text_of_a_launch_condition_needs_no_frame() {
        let log = "=== Verbose logging started ===\nAction start: INSTALL.\nThis host is too old.\n\
            Action ended: INSTALL. Return value 3.\n";
        assert_eq!(cause(log).unwrap().line, "This host is too old.");
    }

    #[test]
    fn without_an_action_the_last_word_counts() {
        let log = "MSI (c) (B4:20) [12:00:00:100]: Note: 1: 2203\nMSI (c) (B4:20) [12:00:00:200]: MainEngineThread is returning 1619\n";
        assert_eq!(cause(log).unwrap().line, "MainEngineThread is returning 1619");
        assert_eq!(cause("MSI (c) (B4:20) [1]: MainEngineThread is returning 0\n"), None);
        assert_eq!(cause(""), None);
    }

    #[test]
    fn values_are_masked_and_nothing_else() {
        for (line, shown) in [
            ("Property(C): KEY_INFO = abc123", "Property(C): KEY_INFO = ‹key›"),
            ("Command Line: KEY_INFO=abc123 jc_tag=x", "Command Line: KEY_INFO=‹key› jc_tag=x"),
            ("key_info=\"a b\" jc_tag=x", "key_info=‹key› jc_tag=x"),
            (
                "PROPERTY CHANGE: Adding KEY_INFO property. Its value is 'abc123'.",
                "PROPERTY CHANGE: Adding KEY_INFO property. Its value is '‹key›'.",
            ),
            (
                "Modifying KEY_INFO property. Its current value is 'a1'. Its new value: 'b2'.",
                "Modifying KEY_INFO property. Its current value is '‹key›'. Its new value: '‹key›'.",
            ),
            ("KEY_INFO is missing", "KEY_INFO is missing"),
            ("KEY_INFO=", "KEY_INFO=‹key›"),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(masked(line), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_log_makes_it_stumble(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), line in ".{0,80}") {
            let _ = cause(&text(&bytes));
            let _ = cause(&format!("{line}KEY_INFO{line}\n{line}\nReturn value 3"));
            let _ = cause(&format!("{line} 1303. {line} -- {line}\n{line}1:00:00 3."));
        }
    }
}
