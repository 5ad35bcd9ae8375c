//! How is text that a remote host printed made harmless?

use std::borrow::Cow;

/// Removes what a terminal, an XML parser or an eye would stumble over.
///
/// Gone are escape sequences, control characters except newline and tab, characters that XML 1.0 does not
/// know, and those that turn the writing direction. Every end of line becomes a newline.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' | '\u{9b}' => skip_sequence(c, &mut rest),
            '\r' => {
                rest.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            harmful if is_harmful(harmful) => {}
            harmless => cleaned.push(harmless),
        }
    }
    Cow::Owned(cleaned)
}

/// The same on one line: newlines and tabs become spaces.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.contains(['\n', '\t']) {
        return Cow::Owned(cleaned.replace(['\n', '\t'], " "));
    }
    cleaned
}

/// Breaks what a CI system would take for a command when it stands in a job's log.
///
/// GitHub takes `::command::` at the start of a line, leading spaces ignored, and like Azure (`##vso[`) and
/// TeamCity (`##teamcity[`) the older `##[command]` anywhere.
pub fn defuse(line: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(line);
    let begin = line.len() - line.trim_start().len();
    if line[begin..].starts_with("::") {
        line.to_mut().insert(begin + 1, ' ');
    }
    let mut from = 0;
    while let Some(found) = line[from..].find("##") {
        let hash = from + found + 1;
        if line[hash + 1..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[') {
            line.to_mut().insert(hash, ' ');
        }
        from = hash;
    }
    line
}

/// The end of a text, at most so many bytes, not beginning inside a character.
pub(super) fn last_bytes(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// The beginning of a text, at most so many characters, with `…` for what is left out.
pub(super) fn first_characters(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn is_harmful(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let not_in_xml = matches!(c, '\u{fffe}' | '\u{ffff}');
    control || turns || not_in_xml
}

/// Skips the rest of an ECMA-48 sequence: CSI to its final byte, OSC and its like to their terminator.
fn skip_sequence(first: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind =
        if first == '\u{9b}' { Some('[') } else { rest.next_if(|c| ('\u{20}'..='\u{7e}').contains(c)) };
    match kind {
        Some('[') => {
            while rest.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
            rest.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
        }
        // A title or the like; a newline ends it, so that a lone start cannot swallow the whole text.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while rest.next_if(|c| !matches!(c, '\u{7}' | '\u{1b}' | '\n' | '\r')).is_some() {}
            rest.next_if_eq(&'\u{7}');
        }
        Some('(' | ')' | '#' | '%') => {
            rest.next_if(|c| c.is_ascii_alphanumeric());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_go_and_text_stays() {
        for (dirty, wanted) in [
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("\u{1b}]never ended\nnext", "\nnext"),
            ("\u{9b}2Jx", "x"),
            ("a\0b\u{8}c\u{7f}", "abc"),
            ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
            ("\u{202e}abc\u{2066}", "abc"),
            ("a\u{61c}b", "ab"),
            ("grüße 🦀", "grüße 🦀"),
            ("\u{1b}", ""),
            ("\u{1b}[31é", "é"),
        ] {
            assert_eq!(clean(dirty), wanted, "{dirty:?}");
        }
    }

    #[test]
    fn commands_of_ci_systems_are_broken() {
        for (line, wanted) in [
            ("::set-output name=a::b", ": :set-output name=a::b"),
            ("  ::error::x", "  : :error::x"),
            ("a ::error::x", "a ::error::x"),
            ("x ##[error]y", "x # #[error]y"),
            ("##vso[task.x]", "# #vso[task.x]"),
            ("###[a]", "## #[a]"),
            ("#### title", "#### title"),
            (":", ":"),
        ] {
            assert_eq!(defuse(line), wanted, "{line:?}");
        }
    }

    #[test]
    fn ends_are_cut_between_characters() {
        assert_eq!(last_bytes("aé", 1), "");
        assert_eq!(last_bytes("aé", 2), "é");
        assert_eq!(last_bytes("aé", 9), "aé");
        assert_eq!(first_characters("aéb", 2), "aé…");
        assert_eq!(first_characters("aé", 2), "aé");
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(text in any::<String>()) {
            let cleaned = clean(&text);
            prop_assert!(!cleaned.contains(is_harmful));
            prop_assert_eq!(clean(&cleaned), cleaned.clone());
            prop_assert!(!clean_line(&text).contains('\n'));
        }

        #[test]
        fn nothing_is_left_for_a_ci_system(line in "[ :#a-c\\[\\]]{0,30}") {
            let safe = defuse(&line);
            prop_assert!(!safe.trim().starts_with("::"));
            prop_assert!(!safe.contains("##[") && !safe.contains("##a["));
            prop_assert_eq!(defuse(&safe), safe.clone());
        }
    }
}
