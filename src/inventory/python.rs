//! What does a text mean as a literal of Python's? In INI files Ansible takes values for that, and for text otherwise.

mod number;
mod quoted;

use std::sync::Arc;

use super::scalar::Interner;
use crate::model::Value;
use number::{Number, number};

/// How deep brackets may lie in each other, as in Python's own parser.
const DEEPEST: usize = 200;

/// The value of a literal; none if the text is no literal and stays text.
///
/// Tuples and sets become lists, numbers with an imaginary part become text, as in Ansible. Whole numbers beyond 64
/// bits and characters written by their names (`\N{…}`) are left as text.
pub fn literal(text: &str, interner: &mut Interner) -> Option<Value> {
    // Most values are words, and no literal begins like one unless it has quotes or is one of these.
    let first = text.chars().next()?;
    let may_be = |c: char| c.is_ascii_digit() || "+-.'\"([{".contains(c) || "TFNrRbBuUs \t".contains(c);
    if !may_be(first) {
        return None;
    }
    let mut python = Python { text, at: 0, depth: 0, interner };
    let value = python.tuple(None)?;
    python.pass_blanks();
    (python.rest().is_empty() || python.rest().starts_with('#')).then_some(value)
}

struct Python<'t, 'i> {
    text: &'t str,
    at: usize,
    depth: usize,
    interner: &'i mut Interner,
}

impl Python<'_, '_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn pass_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\u{c}']).len();
    }

    /// Takes a sign if it is next.
    fn take(&mut self, sign: &str) -> bool {
        self.pass_blanks();
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len() } else { 0 };
        is_next
    }

    /// One value, or several with commas up to a closing bracket: a list.
    fn tuple(&mut self, close: Option<&str>) -> Option<Value> {
        if close.is_some_and(|close| self.take(close)) {
            return Some(Value::List(Arc::from([])));
        }
        let first = self.value()?;
        let mut items = vec![first];
        let mut comma = false;
        while self.take(",") {
            comma = true;
            if self.is_over(close) {
                break;
            }
            items.push(self.value()?);
        }
        if close.is_some_and(|close| !self.take(close)) {
            return None;
        }
        if comma || close == Some("]") { Some(Value::List(items.into())) } else { items.pop() }
    }

    fn is_over(&mut self, close: Option<&str>) -> bool {
        self.pass_blanks();
        match close {
            Some(close) => self.rest().starts_with(close),
            None => self.rest().is_empty() || self.rest().starts_with('#'),
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.pass_blanks();
        let rest = self.rest();
        match rest.bytes().next()? {
            b'(' | b'[' | b'{' => self.nested(),
            b'\'' | b'"' => self.strings(),
            b'0'..=b'9' | b'+' | b'-' => self.number(),
            b'.' if rest.starts_with("...") => {
                self.at += 3;
                Some(self.text("..."))
            }
            b'.' => self.number(),
            _ => self.name(),
        }
    }

    fn nested(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.take("(") {
            self.tuple(Some(")"))
        } else if self.take("[") {
            self.tuple(Some("]"))
        } else {
            self.at += 1;
            self.braces()
        };
        self.depth -= 1;
        value
    }

    /// A mapping, or a set.
    fn braces(&mut self) -> Option<Value> {
        if self.take("}") {
            return Some(Value::Map(Arc::from([])));
        }
        let first = self.value()?;
        if !self.take(":") {
            return self.set(first);
        }
        let mut entries = Entries::default();
        let value = self.value()?;
        entries.add(self.key(first)?, value);
        while self.take(",") && !self.is_over(Some("}")) {
            let key = self.value()?;
            if !self.take(":") {
                return None;
            }
            let value = self.value()?;
            entries.add(self.key(key)?, value);
        }
        self.take("}").then(|| Value::Map(entries.list.into()))
    }

    fn set(&mut self, first: Value) -> Option<Value> {
        let mut items = vec![first];
        while self.take(",") && !self.is_over(Some("}")) {
            items.push(self.value()?);
        }
        self.take("}").then(|| Value::List(items.into()))
    }

    /// A mapping's key: only texts are names.
    fn key(&mut self, value: Value) -> Option<Arc<str>> {
        match value {
            Value::Text(text) => Some(text),
            Value::Integer(number) => Some(self.interner.text(&number.to_string())),
            _ => None,
        }
    }

    /// One of the three words, an empty set, or a text with letters before its quotes.
    fn name(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            "set" => {
                self.at += end;
                return (self.take("(") && self.take(")")).then(|| Value::List(Arc::from([])));
            }
            _ if rest[end..].starts_with(['\'', '"']) => return self.strings(),
            _ => return None,
        };
        self.at += end;
        Some(value)
    }

    fn text(&mut self, text: &str) -> Value {
        Value::Text(self.interner.text(text))
    }

    /// A number with its sign; with an imaginary part it becomes text.
    fn number(&mut self) -> Option<Value> {
        let real = self.signed()?;
        self.pass_blanks();
        if let (Number::Real(_), Some(b'+' | b'-')) = (&real, self.rest().bytes().next()) {
            let sign = if self.take("-") { -1.0 } else { f64::from(i8::from(self.take("+"))) };
            self.pass_blanks();
            let Number::Imaginary(part) = self.atom()? else { return None };
            let whole = real.amount();
            return Some(self.text(&format!("({}{:+}j)", whole, sign * part)));
        }
        Some(match real {
            Number::Real(value) => value,
            Number::Imaginary(part) if part == 0.0 && part.is_sign_negative() => self.text("(-0-0j)"),
            Number::Imaginary(part) => {
                let shown = format!("{part}j");
                // Python writes the negated real part too, which is -0.
                self.text(&if part < 0.0 { format!("(-0{shown})") } else { shown })
            }
        })
    }

    fn signed(&mut self) -> Option<Number> {
        let negative = self.take("-");
        let signed = negative || self.take("+");
        self.pass_blanks();
        let begins = self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '(');
        if signed && !begins {
            return None;
        }
        Some(match self.atom()? {
            Number::Real(Value::Integer(value)) if negative => Number::Real(Value::Integer(-value)),
            Number::Real(Value::Float(value)) if negative => Number::Real(Value::Float(-value)),
            Number::Imaginary(value) if negative => Number::Imaginary(-value),
            number => number,
        })
    }

    /// A number without its sign, with brackets around it or not.
    fn atom(&mut self) -> Option<Number> {
        let mut open = 0;
        while self.take("(") {
            open += 1;
        }
        self.pass_blanks();
        let number = self.unsigned()?;
        (0..open).all(|_| self.take(")")).then_some(number)
    }

    fn unsigned(&mut self) -> Option<Number> {
        let rest = self.rest();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let exponent =
                rest[..at].ends_with(['e', 'E']) && !rest.starts_with("0x") && !rest.starts_with("0X");
            if !(c.is_alphanumeric() || matches!(c, '_' | '.') || exponent && matches!(c, '+' | '-')) {
                break;
            }
            end = at + c.len_utf8();
        }
        let number = number(&rest[..end])?;
        self.at += end;
        Some(number)
    }
}

/// The entries of a mapping; of two of one name the later value stands at the place of the first.
#[derive(Default)]
struct Entries {
    list: Vec<(Arc<str>, Value)>,
    places: std::collections::HashMap<Arc<str>, usize>,
}

impl Entries {
    fn add(&mut self, key: Arc<str>, value: Value) {
        match self.places.get(&key).and_then(|at| self.list.get_mut(*at)) {
            Some(entry) => entry.1 = value,
            None => {
                self.places.insert(key.clone(), self.list.len());
                self.list.push((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the literal is, as JSON shows it; nothing for text.
    fn shown(text: &str) -> Option<String> {
        fn show(value: &Value) -> String {
            match value {
                Value::Null => "null".to_owned(),
                Value::Bool(value) => value.to_string(),
                Value::Integer(value) => value.to_string(),
                Value::Float(value) => format!("{value:?}"),
                Value::Text(text) => format!("{text:?}"),
                Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
                Value::Map(entries) => {
                    let entry = |(key, value): &(Arc<str>, Value)| format!("{key}: {}", show(value));
                    format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
                }
            }
        }
        literal(text, &mut Interner::default()).as_ref().map(show)
    }

    #[test]
    fn literals_are_what_python_takes_them_for() {
        for (text, wanted) in [
            ("5", "5"),
            ("-5", "-5"),
            ("+ 5", "5"),
            ("-(1)", "-1"),
            ("+ ( (1.5 ) )", "1.5"),
            ("1-(2j)", "\"(1-2j)\""),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("0b_11", "3"),
            ("1_000", "1000"),
            ("000", "0"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("1e3", "1000.0"),
            ("1_0.5_0E-1_0", "1.05e-9"),
            ("012.5", "12.5"),
            ("09e1", "90.0"),
            ("True", "true"),
            ("None", "null"),
            ("'a b'", "\"a b\""),
            ("\"it's\"", "\"it's\""),
            ("'a' \"b\"", "\"ab\""),
            ("'''a'b'''", "\"a'b\""),
            (r"'a\tb\x41\101é\q'", r#""a\tbA\u{41}""#),
            (r"r'a\tb'", r#""a\\tb""#),
            (r"b'caf\xc3\xa9'", "{__ansible_unsafe: \"café\"}"),
            ("u'x'", "\"x\""),
            ("[1, 'a', [2.5], ]", "[1, \"a\", [2.5]]"),
            ("[]", "[]"),
            ("()", "[]"),
            ("(1)", "1"),
            ("(1,)", "[1]"),
            ("80,443", "[80, 443]"),
            ("80,", "[80]"),
            ("{'a': 1, 'b': {'c': None}, 'a': 2}", "{a: 2, b: {c: null}}"),
            ("{1: 'x'}", "{1: \"x\"}"),
            ("{}", "{}"),
            ("{1, 2}", "[1, 2]"),
            ("set()", "[]"),
            ("...", "\"...\""),
            ("5 # ports", "5"),
            ("'x' # y", "\"x\""),
            ("5j", "\"5j\""),
            ("1+2j", "\"(1+2j)\""),
        ] {
            let wanted = if text.contains(r"\q") { "\"a\\tbAAé\\\\q\"" } else { wanted };
            assert_eq!(shown(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "",
            "web",
            "true",
            "yes",
            "null",
            "0644",
            "10.0.0.1",
            "2024-01-01",
            "1-2",
            "1+1",
            "--5",
            "-(-5)",
            "-(1",
            "-(1,)",
            "-()",
            "-True",
            "5m",
            "1__0",
            "1_",
            "0x",
            "1e",
            "1.2.3",
            "'a",
            "[1",
            "[1,,2]",
            "(,)",
            "{1:}",
            "{'a' 1}",
            "f'x'",
            "'a' b'b'",
            "a=b",
            "/opt/x",
            "foo # bar",
            "'x' y",
            r"'\N{DIGIT ONE}'",
            "99999999999999999999",
            "lambda: 1",
            "[a]",
            "{{ x }}",
            "b'é'",
            "+'a'",
            "set(1)",
            "Truely",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(shown(&"[".repeat(10_000)), None);
    }
}
