//! Which pattern selects the same hosts again?

/// The longest pattern that is still worth pasting, in bytes.
const LONGEST: usize = 4000;

/// The names as a quoted argument of `--limit`; none when there are none or it would be too long to paste.
///
/// Plain names, because inventory patterns read brackets as positions in a group.
pub(super) fn limit_pattern<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut pattern = String::new();
    for name in names {
        if !name.chars().all(is_plain) || pattern.len() + name.len() > LONGEST {
            return None;
        }
        if !pattern.is_empty() {
            pattern.push(',');
        }
        pattern.push_str(name);
    }
    (!pattern.is_empty()).then(|| format!("'{pattern}'"))
}

/// Whether a character means itself, in patterns as well as between quotes of any shell.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_plain_names() {
        assert_eq!(limit_pattern(["web1", "db.x"].into_iter()).as_deref(), Some("'web1,db.x'"));
        assert_eq!(limit_pattern([].into_iter()), None);
        assert_eq!(limit_pattern(["it's"].into_iter()), None);
        assert_eq!(limit_pattern(std::iter::repeat_n("web", 2000)), None);
    }
}
