//! How is a value said as one word of a systemd unit's command line?

/// One word of an `Exec…=` line (systemd.service(5), "Command lines"): `%` and `$` doubled, in
/// double quotes with C escapes unless it is plain. No word can hold a NUL, and the first one, the
/// program's path, none of `$ ' " \`: systemd refuses quotes and backslashes there and leaves `$$`.
pub fn word(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut said = String::with_capacity(value.len() + 2);
    said.push('"');
    value.chars().for_each(|character| push_escaped(&mut said, character));
    said.push('"');
    said
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:,@+=".contains(character)
}

fn push_escaped(said: &mut String, character: char) {
    match character {
        '%' => said.push_str("%%"),
        '$' => said.push_str("$$"),
        '\\' => said.push_str(r"\\"),
        '"' => said.push_str("\\\""),
        '\n' => said.push_str(r"\n"),
        '\t' => said.push_str(r"\t"),
        control if control.is_ascii_control() => said.push_str(&format!(r"\x{:02x}", u32::from(control))),
        other => said.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn says_one_word() {
        let table = [
            ("", r#""""#),
            ("/opt/bomgar/init-script", "/opt/bomgar/init-script"),
            ("a b", r#""a b""#),
            ("100%", r#""100%%""#),
            ("$HOME", r#""$$HOME""#),
            ("${A}$$", r#""$${A}$$$$""#),
            (";", r#"";""#),
            ("it's \"x\"", r#""it's \"x\"""#),
            ("a\\", r#""a\\""#),
            ("a\tb\nc\u{7}\u{7f}", r#""a\tb\nc\x07\x7f""#),
            ("Zürich", "\"Zürich\""),
        ];
        for (value, said) in table {
            assert_eq!(word(value), said, "{value:?}");
        }
    }
}
