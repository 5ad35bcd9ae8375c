//! What does a JSON text say, in order, and where does each part stand?

use std::borrow::Cow;

use super::complaint::Flaw;
use super::yaml::{Item, Mark, Scalar, Tag, Token};

/// Reads a JSON text part by part.
#[derive(Debug)]
pub struct Json<'t> {
    text: &'t str,
    /// How many bytes were read.
    at: usize,
    mark: Mark,
    /// What is open, from the outside in: mappings are true.
    open: Vec<bool>,
    next: Next,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    /// A value.
    Value,
    /// A value, or the end of a list that has begun.
    FirstValue,
    /// A key, or the end of a mapping that has begun.
    FirstKey,
    /// A comma, or the end of what is open.
    Comma,
}

/// Why a text is not JSON, and where.
type Wrong = (Mark, Flaw);

/// Whether a text is one mapping in JSON.
pub fn is_json(text: &str) -> bool {
    if !without_mark(text).trim_start().starts_with('{') {
        return false;
    }
    let mut json = Json::new(text);
    loop {
        match json.next() {
            Ok(Item { token: Token::Finish, .. }) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// A text without the byte order mark in front of it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

impl<'t> Json<'t> {
    /// A reader at the beginning of a text.
    pub fn new(text: &'t str) -> Self {
        let mut json =
            Self { text, at: 0, mark: Mark { line: 1, column: 1 }, open: Vec::new(), next: Next::Value };
        if without_mark(text).len() < text.len() {
            json.at = text.len() - without_mark(text).len();
            json.mark.column += 1;
        }
        json
    }

    /// The next part.
    pub fn next(&mut self) -> Result<Item<'t>, Wrong> {
        self.pass_blanks();
        if self.next == Next::Comma && self.open.is_empty() {
            return match self.peek() {
                None => Ok(self.item(Token::Finish, self.mark)),
                Some(_) => Err(self.wrong("something stands behind its end")),
            };
        }
        let mark = self.mark;
        let key = match (self.next, self.peek()) {
            (_, None) => return Err(self.wrong("it ends too early")),
            (Next::FirstValue, Some(b']')) | (Next::FirstKey, Some(b'}')) => return Ok(self.close()),
            (Next::Comma, Some(end)) if end == self.end() => return Ok(self.close()),
            (Next::Comma, Some(b',')) => {
                self.step();
                self.pass_blanks();
                return self.behind_comma();
            }
            (Next::Comma, _) => return Err(self.wrong("a comma is missing here")),
            (next, _) => next == Next::FirstKey,
        };
        if key { self.key(mark) } else { self.value(mark) }
    }

    fn behind_comma(&mut self) -> Result<Item<'t>, Wrong> {
        let (mark, in_map) = (self.mark, self.open.last() == Some(&true));
        match self.peek() {
            Some(b']' | b'}') => Err(self.wrong("nothing stands behind the comma")),
            Some(_) if in_map => self.key(mark),
            Some(_) => self.value(mark),
            None => Err(self.wrong("it ends too early")),
        }
    }

    /// A mapping's key with its colon.
    fn key(&mut self, mark: Mark) -> Result<Item<'t>, Wrong> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a name in double quotes is missing here"));
        }
        let text = self.string()?;
        let item = self.scalar(text, false, mark);
        self.pass_blanks();
        if self.peek() != Some(b':') {
            return Err(self.wrong("a colon is missing here"));
        }
        self.step();
        self.next = Next::Value;
        Ok(item)
    }

    fn value(&mut self, mark: Mark) -> Result<Item<'t>, Wrong> {
        let token = match self.peek() {
            Some(b'{') => Token::Map,
            Some(b'[') => Token::List,
            Some(b'"') => {
                let text = self.string()?;
                self.next = Next::Comma;
                return Ok(self.scalar(text, false, mark));
            }
            _ => {
                let text = self.word()?;
                self.next = Next::Comma;
                return Ok(self.scalar(text, true, mark));
            }
        };
        self.step();
        let is_map = matches!(token, Token::Map);
        self.open.push(is_map);
        self.next = if is_map { Next::FirstKey } else { Next::FirstValue };
        Ok(self.item(token, mark))
    }

    fn close(&mut self) -> Item<'t> {
        let mark = self.mark;
        self.step();
        self.open.pop();
        self.next = Next::Comma;
        self.item(Token::End, mark)
    }

    /// What closes the innermost list or mapping.
    fn end(&self) -> u8 {
        if self.open.last() == Some(&true) { b'}' } else { b']' }
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> Result<Cow<'t, str>, Wrong> {
        let rest = &self.text[self.at..];
        let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'));
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let text = match word {
            "null" | "true" | "false" => Cow::Borrowed(word),
            "" => return Err(self.wrong("a value is missing here")),
            _ => number(word)
                .ok_or_else(|| self.wrong("this is neither a number nor a text in double quotes"))?,
        };
        self.at += word.len();
        self.mark.column += word.chars().count() as u32;
        Ok(text)
    }

    /// A text in quotes, the first of which is next.
    fn string(&mut self) -> Result<Cow<'t, str>, Wrong> {
        let begin = self.mark;
        self.step();
        let mut text = Cow::Borrowed("");
        let mut from = self.at;
        loop {
            // Both signs begin characters, so the text may be cut there.
            match self.peek() {
                None => return Err((begin, not_json("this text has no end"))),
                Some(b'"') => {
                    push(&mut text, &self.text[from..self.at]);
                    self.step();
                    return Ok(text);
                }
                Some(b'\\') => {
                    push(&mut text, &self.text[from..self.at]);
                    let c = self.escape()?;
                    text.to_mut().push(c);
                    from = self.at;
                }
                Some(0..0x20) => {
                    return Err(self.wrong("a line end or control character stands inside a text"));
                }
                Some(_) => self.step(),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let begin = self.mark;
        let wrong = || (begin, not_json("no character is written like this"));
        self.step();
        let letter = self.peek().ok_or_else(wrong)?;
        self.step();
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hexadecimal().ok_or_else(wrong)?;
                let code = match first {
                    0xd800..0xdc00 if self.text[self.at..].starts_with("\\u") => {
                        self.step();
                        self.step();
                        let second = self.hexadecimal().filter(|low| (0xdc00..0xe000).contains(low));
                        0x10000 + ((first - 0xd800) << 10) + (second.ok_or_else(wrong)? - 0xdc00)
                    }
                    code => code,
                };
                char::from_u32(code).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        })
    }

    /// Four hexadecimal digits.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let code =
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        self.mark.column += 4;
        code.flatten()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over one byte, in a line.
    fn step(&mut self) {
        // A character counts where it begins.
        self.mark.column += u32::from(self.peek().is_some_and(|byte| byte & 0xc0 != 0x80));
        self.at += 1;
    }

    fn pass_blanks(&mut self) {
        while let Some(blank @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            self.step();
            if blank == b'\n' || blank == b'\r' && self.peek() != Some(b'\n') {
                self.mark = Mark { line: self.mark.line + 1, column: 1 };
            }
        }
    }

    fn scalar(&self, text: Cow<'t, str>, plain: bool, mark: Mark) -> Item<'t> {
        self.item(Token::Scalar(Scalar { text, plain, tag: Tag::None }), mark)
    }

    fn item(&self, token: Token<'t>, mark: Mark) -> Item<'t> {
        Item { token, mark, last: self.mark.line }
    }

    fn wrong(&self, what: &str) -> Wrong {
        (self.mark, not_json(what))
    }
}

fn not_json(what: &str) -> Flaw {
    Flaw::new(format!("this is not JSON: {what}"))
}

fn push<'t>(text: &mut Cow<'t, str>, more: &'t str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        text.to_mut().push_str(more);
    }
}

/// A number as YAML 1.1 writes the same one; none if this is not one of JSON's.
fn number(word: &str) -> Option<Cow<'_, str>> {
    let (mantissa, exponent) = match word.find(['e', 'E']) {
        Some(at) => (&word[..at], Some(&word[at + 1..])),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let sound = digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits);
    let power = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    if !sound || !power.is_none_or(digits) {
        return None;
    }
    Some(match exponent {
        None => Cow::Borrowed(word),
        Some(exponent) => {
            let point = if fraction.is_some() { "" } else { ".0" };
            let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
            Cow::Owned(format!("{mantissa}{point}e{sign}{exponent}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<String, String> {
        let mut json = Json::new(text);
        let mut shown = Vec::new();
        loop {
            let item =
                json.next().map_err(|(mark, flaw)| format!("{}:{} {}", mark.line, mark.column, flaw.what))?;
            shown.push(match item.token {
                Token::Finish => return Ok(shown.join(" ")),
                Token::Map => "{".to_owned(),
                Token::List => "[".to_owned(),
                Token::End => "end".to_owned(),
                Token::Scalar(scalar) if scalar.plain => scalar.text.into_owned(),
                Token::Scalar(scalar) => format!("{:?}@{}:{}", scalar.text, item.mark.line, item.mark.column),
            });
        }
    }

    #[test]
    fn parts_come_in_order_with_their_places() {
        for (text, wanted) in [
            (r#"{"a": [1, -2.5, true], "b": {}}"#, r#"{ "a"@1:2 [ 1 -2.5 true end "b"@1:24 { end end"#),
            ("\u{feff}{\r\n\t\"ä\":\"ö\",\r\"x\" : null\n}\n", r#"{ "ä"@2:2 "ö"@2:6 "x"@3:1 null end"#),
            (r#""\ud83d\ude00\u0041\/\n\\""#, r#""😀A/\n\\"@1:1"#),
            ("[1e5, 1.5E-3, 0e0, 100]", "[ 1.0e+5 1.5e-3 0.0e+0 100 end"),
        ] {
            assert_eq!(parts(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        for (text, wanted) in [
            ("", "1:1 this is not JSON: it ends too early"),
            ("{\"a\": 1,\n}", "2:1 this is not JSON: nothing stands behind the comma"),
            ("{\"a\" 1}", "1:6 this is not JSON: a colon is missing here"),
            ("{a: 1}", "1:2 this is not JSON: a name in double quotes is missing here"),
            ("[1 2]", "1:4 this is not JSON: a comma is missing here"),
            ("[1}", "1:3 this is not JSON: a comma is missing here"),
            ("[01]", "1:2 this is not JSON: this is neither a number nor a text in double quotes"),
            ("[NaN]", "1:2 this is not JSON: this is neither a number nor a text in double quotes"),
            ("['x']", "1:2 this is not JSON: a value is missing here"),
            ("\"a\nb\"", "1:3 this is not JSON: a line end or control character stands inside a text"),
            ("[\"é\\x\"]", "1:4 this is not JSON: no character is written like this"),
            ("\"\\ud83d\"", "1:2 this is not JSON: no character is written like this"),
            ("\"abc", "1:1 this is not JSON: this text has no end"),
            ("{} x", "1:4 this is not JSON: something stands behind its end"),
            ("Traceback", "1:1 this is not JSON: this is neither a number nor a text in double quotes"),
        ] {
            assert_eq!(parts(text), Err(wanted.to_owned()), "{text}");
        }
    }
}
