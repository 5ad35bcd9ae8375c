//! What does a plain scalar mean? As YAML 1.1 says it, because that is how Ansible reads its files.

mod tagged;

use std::collections::HashSet;
use std::sync::Arc;

use super::complaint::Flaw;
use super::yaml::{Reader, Scalar, Stop, Tag, Token};
use crate::model::Value;
use crate::template::is_template;

/// The key under which a value that Ansible would decrypt is kept, as `ansible-inventory` shows it.
pub const VAULT: &str = "__ansible_vault";

/// The key under which text is kept that must never be taken for a template.
pub const UNSAFE: &str = "__ansible_unsafe";

/// What is kept of a template that stands in a sealed file.
pub const HIDDEN_TEMPLATE: &str = "‹template›";

/// A value of a sealed file: that there is one is all that is known, or that it is a template.
pub fn hidden(value: Value) -> Value {
    let leaf = |text: &str| Value::Map(Arc::from([(VAULT.into(), Value::Text(text.into()))]));
    match value {
        Value::Null => Value::Null,
        Value::Text(text) if is_template(&text) => leaf(HIDDEN_TEMPLATE),
        Value::List(items) => Value::List(items.iter().cloned().map(hidden).collect()),
        Value::Map(entries) if !matches!(&*entries, [(key, _)] if **key == *VAULT || **key == *UNSAFE) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), hidden(value.clone()))).collect())
        }
        _ => leaf("‹hidden›"),
    }
}

/// Whether a value is one that Ansible Vault sealed, alone or with the file around it.
pub fn is_sealed(value: &Value) -> bool {
    matches!(value, Value::Map(entries) if matches!(&**entries, [(only, Value::Text(_))] if &**only == VAULT))
}

/// The text behind the key of a wrapped value.
pub fn wrapped_text(value: &Value) -> Option<&str> {
    match value {
        Value::Map(entries) => match &**entries {
            [(_, Value::Text(text))] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Keeps one copy of every text.
#[derive(Debug, Default)]
pub struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// The one copy of this text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// The value of one scalar; a flaw if it is not what its tag says.
fn value(scalar: &Scalar<'_>, interner: &mut Interner) -> Result<Value, Flaw> {
    Ok(match scalar.tag {
        Tag::Vault => wrapped(VAULT, &scalar.text, interner),
        // Ansible lets go of the quotes, too, where the tag stands before the scalar itself.
        Tag::Unsafe | Tag::InsideUnsafe => {
            let other = plain(&scalar.text).filter(|_| scalar.plain || scalar.tag == Tag::Unsafe);
            other.unwrap_or_else(|| wrapped(UNSAFE, &scalar.text, interner))
        }
        Tag::Integer => match tagged::integer(&scalar.text)? {
            Some(number) => Value::Integer(number),
            None => Value::Text(interner.text(&scalar.text)),
        },
        Tag::Float => Value::Float(tagged::float(&scalar.text)?),
        Tag::Switch => Value::Bool(tagged::switch(&scalar.text)?),
        Tag::None if scalar.plain => {
            plain(&scalar.text).unwrap_or_else(|| Value::Text(interner.text(&scalar.text)))
        }
        _ => Value::Text(interner.text(&scalar.text)),
    })
}

fn wrapped(key: &str, text: &str, interner: &mut Interner) -> Value {
    Value::Map(Arc::from([(interner.text(key), Value::Text(interner.text(text)))]))
}

/// What a plain scalar is besides text, if it is anything besides text.
pub fn plain(text: &str) -> Option<Value> {
    let first = *text.as_bytes().first()?;
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => word(text),
        b'0'..=b'9' | b'+' | b'-' | b'.' => integer(text).or_else(|| float(text)),
        _ => None,
    }
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => return None,
    })
}

/// Whole numbers: decimal, `0b…`, `0x…`, octal with a leading zero, and base 60 with colons.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let clean = digits.replace('_', "");
    let amount = if let Some(binary) = clean.strip_prefix("0b") {
        i64::from_str_radix(unsigned(binary)?, 2).ok()?
    } else if let Some(hexadecimal) = clean.strip_prefix("0x") {
        i64::from_str_radix(unsigned(hexadecimal)?, 16).ok()?
    } else if clean.contains(':') {
        sexagesimal(&clean)?
    } else if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    } else if clean.len() > 1 && clean.starts_with('0') {
        i64::from_str_radix(unsigned(&clean)?, 8).ok()?
    } else {
        unsigned(&clean)?.parse().ok()?
    };
    Some(Value::Integer(if negative { -amount } else { amount }))
}

/// `from_str_radix` accepts a second sign, YAML does not.
fn unsigned(digits: &str) -> Option<&str> {
    digits.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(digits)
}

fn sexagesimal(text: &str) -> Option<i64> {
    let mut total = 0i64;
    for (index, part) in text.split(':').enumerate() {
        let fits = part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty();
        let leading = index == 0 && part.bytes().all(|b| b.is_ascii_digit()) && !part.starts_with('0');
        let amount: i64 = part.parse().ok()?;
        if !(leading || index > 0 && fits && amount < 60) {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(amount)?;
    }
    Some(total)
}

/// Numbers with a point; YAML 1.1 wants a sign in the exponent, so `1.5e3` is text.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.trim_start_matches(['+', '-']);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            let infinite = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
            return Some(Value::Float(infinite));
        }
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    if let Some((minutes, seconds)) = unsigned.rsplit_once(':') {
        return sexagesimal_float(minutes, seconds, text.starts_with('-'));
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let signed = exponent.is_none_or(|e| {
        e.len() > 1 && e.starts_with(['+', '-']) && e[1..].bytes().all(|b| b.is_ascii_digit())
    });
    let sane = text.len() - unsigned.len() <= 1 && !(whole.is_empty() && fraction.is_empty());
    let leads = whole.is_empty() || whole.starts_with(|c: char| c.is_ascii_digit());
    if !(digits(whole) && digits(fraction) && signed && sane && leads) {
        return None;
    }
    text.replace('_', "").parse().ok().map(Value::Float)
}

/// `12:30.5`: the part behind the last colon has a point, the others count in sixties.
fn sexagesimal_float(minutes: &str, seconds: &str, negative: bool) -> Option<Value> {
    let minutes = minutes.replace('_', "");
    let whole =
        if minutes.contains(':') { sexagesimal(&minutes)? } else { unsigned(&minutes)?.parse().ok()? };
    let (before, after) = seconds.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !digits(before) || !digits(after) || before.is_empty() || before.len() > 2 {
        return None;
    }
    let seconds: f64 = seconds.replace('_', "").parse().ok().filter(|seconds| *seconds < 60.0)?;
    let total = whole as f64 * 60.0 + seconds;
    Some(Value::Float(if negative { -total } else { total }))
}

/// The value of the next node of a file.
pub fn next_value(reader: &mut Reader<'_>, interner: &mut Interner) -> Result<Value, Stop> {
    let item = reader.next_item()?;
    Ok(match item.token {
        Token::Scalar(text) => value(&text, interner).unwrap_or_else(|flaw| {
            reader.wrong(item.mark, flaw);
            Value::Null
        }),
        Token::List => {
            let mut list = Vec::new();
            while !matches!(reader.peek()?.token, Token::End | Token::Finish) {
                list.push(next_value(reader, interner)?);
            }
            reader.next_item()?;
            Value::List(list.into())
        }
        Token::Map => {
            let mut map = Vec::new();
            let merged = reader.entries_and_merged(&mut |reader, key, _| {
                map.push((interner.text(&key.text), next_value(reader, interner)?));
                Ok(())
            })?;
            merged.lead(&mut map);
            Value::Map(map.into())
        }
        Token::End | Token::Finish => {
            reader.wrong(item.mark, Flaw::new("a value is missing here"));
            Value::Null
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_ansible_takes_them_for() {
        for (text, wanted) in [
            ("yes", Some(Value::Bool(true))),
            ("Off", Some(Value::Bool(false))),
            ("y", None),
            ("~", Some(Value::Null)),
            ("22", Some(Value::Integer(22))),
            ("-7", Some(Value::Integer(-7))),
            ("010", Some(Value::Integer(8))),
            ("0o10", None),
            ("08", None),
            ("0x1F", Some(Value::Integer(31))),
            ("1_000", Some(Value::Integer(1000))),
            ("12:30", Some(Value::Integer(750))),
            ("01:30", None),
            ("1.5", Some(Value::Float(1.5))),
            ("1e3", None),
            ("1.5e+3", Some(Value::Float(1500.0))),
            ("10.0.0.1", None),
            ("24.3.1", None),
            ("190:20:30.15", Some(Value::Float(685_230.15))),
            ("1:60.5", None),
            ("-", None),
            (".", None),
            ("+-1", None),
            ("-.inf", Some(Value::Float(f64::NEG_INFINITY))),
            ("web01", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(plain(text), wanted, "{text}");
        }
    }
}
