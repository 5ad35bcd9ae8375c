//! Which words does a line have? As a shell's quoting says it, in the way of Python's `shlex`.

use super::complaint::Flaw;

/// One word of a line, with its quotes taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its text.
    pub text: String,
    /// How many characters stand before it.
    pub at: u32,
    /// How many characters stand before what is behind its first equals sign.
    pub value: u32,
    equals: Option<usize>,
}

impl Word {
    /// What stands before and behind the first equals sign.
    pub fn assignment(&self) -> Option<(&str, &str)> {
        self.equals.map(|at| (&self.text[..at], &self.text[at + 1..]))
    }

    fn push(&mut self, c: char, at: u32) {
        if c == '=' && self.equals.is_none() {
            self.equals = Some(self.text.len());
            self.value = at + 1;
        }
        self.text.push(c);
    }
}

/// The words of a line up to a comment; the error says how many characters stand before what is wrong.
pub fn words(line: &str) -> Result<Vec<Word>, (u32, Flaw)> {
    let mut words = Vec::new();
    let mut characters = (0u32..).zip(line.chars());
    let mut word: Option<Word> = None;
    while let Some((at, c)) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' => break,
            _ => {
                let word =
                    word.get_or_insert_with(|| Word { text: String::new(), at, value: at, equals: None });
                match c {
                    '\'' | '"' => quoted(&mut characters, c, at, word)?,
                    '\\' => match characters.next() {
                        Some((at, next)) => word.push(next, at),
                        None => return Err((at, Flaw::new("nothing stands behind the backslash"))),
                    },
                    c => word.push(c, at),
                }
            }
        }
    }
    words.extend(word);
    Ok(words)
}

/// Takes in what stands between quotes, the first of which was taken.
fn quoted(
    characters: &mut impl Iterator<Item = (u32, char)>,
    quote: char,
    begin: u32,
    word: &mut Word,
) -> Result<(), (u32, Flaw)> {
    let open = || (begin, Flaw::new("this quote is not closed").hint("close it in the same line"));
    loop {
        let (at, c) = characters.next().ok_or_else(open)?;
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => {
                let (next_at, next) = characters.next().ok_or_else(open)?;
                if next != '"' && next != '\\' {
                    word.push('\\', at);
                }
                word.push(next, next_at);
            }
            c => word.push(c, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_shlex_does() {
        for (line, wanted) in [
            ("a b\tc", "a|b|c"),
            (r#"a x="b c" y='d "e'"#, r#"a|x=b c|y=d "e"#),
            (r#"x="a\"b\c\\" z"#, r#"x=a"b\c\|z"#),
            (r"a\ b '\' x", r"a b|\|x"),
            ("a#b c", "a"),
            ("a '#' \"b#\"", "a|#|b#"),
            ("'' a", "|a"),
            ("a\u{a0}b", "a\u{a0}b"),
        ] {
            let found: Vec<String> = words(line).unwrap().into_iter().map(|word| word.text).collect();
            assert_eq!(found.join("|"), wanted, "{line}");
        }
        assert_eq!(words("a \"b").unwrap_err().0, 2);
        assert_eq!(words("a b\\").unwrap_err().0, 3);
    }

    #[test]
    fn places_are_those_of_the_line() {
        let found = words("ä  k=\"v w\" 'x'=y").unwrap();
        let places: Vec<_> = found.iter().map(|word| (word.at, word.value)).collect();
        assert_eq!(places, [(0, 0), (3, 5), (11, 15)]);
        assert_eq!(found[2].assignment(), Some(("x", "y")));
    }
}
