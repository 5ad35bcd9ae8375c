//! How is a value said as one word of POSIX sh?

/// One word of sh: plain when only safe characters are in it, in single quotes otherwise; a NUL,
/// which no word can hold, must have been refused before.
pub fn quote(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// `=` is missing so that no word can become an assignment, `~` so that none becomes a home.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:,@%+".contains(character)
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn says_one_word() {
        let table = [
            ("", "''"),
            ("jumpgroup:it_desk", "jumpgroup:it_desk"),
            ("/opt/bomgar/pec-1.2", "/opt/bomgar/pec-1.2"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("'", r"''\'''"),
            ("$HOME `id` \"x\" \\", "'$HOME `id` \"x\" \\'"),
            ("A=b", "'A=b'"),
            ("~root", "'~root'"),
            ("*", "'*'"),
            ("#tag", "'#tag'"),
            ("a\nb", "'a\nb'"),
            ("Zürich", "'Zürich'"),
        ];
        for (value, said) in table {
            assert_eq!(quote(value), said, "{value:?}");
        }
    }
}
