//! What is a scalar whose tag says what it is? What Ansible's loader makes of it; what it cannot read is a flaw.

use crate::inventory::complaint::Flaw;

/// What is tagged `!!int`; none for a number that is too large, which stays text.
pub fn integer(text: &str) -> Result<Option<i64>, Flaw> {
    let clean = text.replace('_', "");
    let (negative, digits) = signed(&clean);
    let amount = match digits.strip_prefix("0b") {
        Some(binary) => whole(binary, 2),
        None => match digits.strip_prefix("0x") {
            Some(hexadecimal) => whole(hexadecimal, 16),
            None if digits.starts_with('0') => octal(digits),
            None if digits.contains(':') => sixties(digits),
            None => whole(digits, 10),
        },
    };
    match amount {
        Some(amount) => Ok(Some(if negative { -amount } else { amount })),
        None if !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0') =>
        {
            Ok(None)
        }
        None => Err(unlike("!!int", "a whole number")),
    }
}

/// What is tagged `!!float`: `3`, `1e3` and `inf` are numbers with a point there, too.
pub fn float(text: &str) -> Result<f64, Flaw> {
    let clean = text.replace('_', "").to_ascii_lowercase();
    let (negative, digits) = signed(&clean);
    let amount = match digits {
        ".inf" => Some(f64::INFINITY),
        ".nan" => Some(f64::NAN),
        _ if digits.starts_with(['+', '-']) => None,
        _ => digits.split(':').try_fold(0.0, |total, part| Some(total * 60.0 + part.parse::<f64>().ok()?)),
    };
    let amount = amount.ok_or_else(|| unlike("!!float", "a number"))?;
    Ok(if negative { -amount } else { amount })
}

/// What is tagged `!!bool`, in capitals or small letters.
pub fn switch(text: &str) -> Result<bool, Flaw> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err(unlike("!!bool", "`true` or `false`")),
    }
}

/// The value itself is not told: it may be a secret.
fn unlike(tag: &str, what: &str) -> Flaw {
    Flaw::new(format!("what is tagged `{tag}` here is not {what}"))
        .hint("take the tag out, or mend the value")
}

fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn whole(digits: &str, radix: u32) -> Option<i64> {
    // A second sign is none.
    i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))
}

fn octal(digits: &str) -> Option<i64> {
    whole(digits.strip_prefix("0o").unwrap_or(digits), 8)
}

fn sixties(digits: &str) -> Option<i64> {
    digits.split(':').try_fold(0_i64, |total, part| total.checked_mul(60)?.checked_add(whole(part, 10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tagged_scalars_are_what_ansible_takes_them_for() {
        for (text, wanted) in [
            ("5", Some(Some(5))),
            ("+5", Some(Some(5))),
            ("-1_000", Some(Some(-1000))),
            ("0", Some(Some(0))),
            ("010", Some(Some(8))),
            ("0o17", Some(Some(15))),
            ("0x1F", Some(Some(31))),
            ("-0b11", Some(Some(-3))),
            ("1:99", Some(Some(159))),
            ("99999999999999999999", Some(None)),
            ("abc", None),
            ("", None),
            ("-", None),
            ("--5", None),
            ("08", None),
            ("1.5", None),
            ("0x", None),
            ("1e3", None),
            ("yes", None),
        ] {
            assert_eq!(integer(text).ok(), wanted, "{text}");
        }
        for (text, wanted) in [
            ("3", Some(3.0)),
            ("-1_0e1", Some(-100.0)),
            ("-.INF", Some(f64::NEG_INFINITY)),
            ("inf", Some(f64::INFINITY)),
            ("12:30.5", Some(750.5)),
            ("abc", None),
            ("", None),
            ("--5", None),
            ("0x1f", None),
        ] {
            assert_eq!(float(text).ok(), wanted, "{text}");
        }
        assert!(float(".NaN").is_ok_and(f64::is_nan));
        for (text, wanted) in
            [("tRue", Some(true)), ("OFF", Some(false)), ("y", None), ("1", None), ("", None)]
        {
            assert_eq!(switch(text).ok(), wanted, "{text}");
        }
    }
}
