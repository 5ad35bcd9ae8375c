//! How is a value said as one PowerShell literal?
//!
//! A literal is a value inside PowerShell. Windows PowerShell 5.1 drops double quotes on the way
//! to another program, and reads a script file without a byte order mark in the ANSI code page:
//! the script around the gap has to mind both.

/// A literal in single quotes, inside which nothing but a single quote has a meaning; PowerShell
/// also takes the typographic ones for it (`about_Quoting_Rules`), so each of them is doubled.
pub fn literal(value: &str) -> String {
    let mut said = String::with_capacity(value.len() + 2);
    said.push('\'');
    for character in value.chars() {
        if is_single_quote(character) {
            said.push(character);
        }
        said.push(character);
    }
    said.push('\'');
    said
}

/// The apostrophe and U+2018 to U+201B.
fn is_single_quote(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}'..='\u{201b}')
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn says_one_literal() {
        let table = [
            ("", "''"),
            ("plain", "'plain'"),
            ("C:\\Program Files\\x", "'C:\\Program Files\\x'"),
            ("it's", "'it''s'"),
            ("'", "''''"),
            ("\u{2018}a\u{2019}", "'\u{2018}\u{2018}a\u{2019}\u{2019}'"),
            ("\u{201a}\u{201b}", "'\u{201a}\u{201a}\u{201b}\u{201b}'"),
            ("\u{201c}two\u{201d}", "'\u{201c}two\u{201d}'"),
            ("$env:PATH `n $(id) \"x\" #", "'$env:PATH `n $(id) \"x\" #'"),
        ];
        for (value, said) in table {
            assert_eq!(literal(value), said, "{value:?}");
        }
    }
}
