//! Which number is a word of Python's?

use crate::model::Value;

/// A number without its sign.
pub(super) enum Number {
    /// Without an imaginary part.
    Real(Value),
    /// The imaginary part alone.
    Imaginary(f64),
}

impl Number {
    /// How much it is.
    pub(super) fn amount(&self) -> f64 {
        match self {
            Self::Real(Value::Integer(value)) => *value as f64,
            Self::Real(Value::Float(value)) => *value,
            Self::Real(_) => 0.0,
            Self::Imaginary(value) => *value,
        }
    }
}

/// The number a word is, if it is one of Python's.
pub(super) fn number(word: &str) -> Option<Number> {
    let lower = word.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let digits = without_underscores(digits.strip_prefix('_').unwrap_or(digits), radix)?;
            return i64::from_str_radix(&digits, radix).ok().map(|value| Number::Real(Value::Integer(value)));
        }
    }
    if let Some(part) = lower.strip_suffix('j') {
        return float(part).map(Number::Imaginary);
    }
    if lower.contains(['.', 'e']) {
        return float(&lower).map(|value| Number::Real(Value::Float(value)));
    }
    let digits = without_underscores(&lower, 10)?;
    let zeros = digits.bytes().all(|digit| digit == b'0');
    if digits.starts_with('0') && !zeros {
        return None;
    }
    digits.parse().ok().map(|value| Number::Real(Value::Integer(value)))
}

fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let part = |text: &str| if text.is_empty() { Some(String::new()) } else { without_underscores(text, 10) };
    let (whole, fraction) = (part(whole)?, part(fraction)?);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent = match exponent {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let sign = if exponent.starts_with('-') { "-" } else { "" };
            format!("{sign}{}", without_underscores(digits, 10)?)
        }
        None => "0".to_owned(),
    };
    format!("0{whole}.{fraction}0e{exponent}").parse().ok()
}

/// Digits between which single underscores may stand.
fn without_underscores(text: &str, radix: u32) -> Option<String> {
    let sound = text.split('_').all(|part| !part.is_empty() && part.chars().all(|c| c.is_digit(radix)));
    sound.then(|| text.replace('_', ""))
}
