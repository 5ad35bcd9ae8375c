//! What did a person write wrongly, where, and what should stand there?

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// Longer text is cut in its middle when it is shown: what is wrong stands at one of the ends.
const LONGEST: usize = 900;

/// Text from a file or a host as it can be shown: a sign for each control character.
///
/// Characters that turn the writing direction are replaced too.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c) == c) { Cow::Borrowed(text) } else { text.chars().map(shown).collect() }
}

/// The same in no more than a screenful.
pub fn readable(text: &str) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= LONGEST {
        return visible(text);
    }
    let characters = text.chars().map(shown);
    let (begin, end) = (LONGEST * 2 / 3, LONGEST / 3);
    characters.clone().take(begin).chain(['…']).chain(characters.skip(count - end)).collect()
}

/// Whether a character can be shown as it is: it is no control character and does not turn the writing direction.
pub fn is_shown(c: char) -> bool {
    shown(c) == c
}

/// The character, or the sign that stands for it; each is one column wide, so that carets stay below their text.
fn shown(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ => c,
    }
}

/// A place in a file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file as the person named it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", readable(&self.file), self.line, self.column)
    }
}

/// One mistake: what is wrong and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Where it stands; none for what was typed on the command line.
    pub place: Option<Place>,
    /// The source line, without its line end; secrets in it are already masked.
    pub source: Option<String>,
    /// How many characters the caret underlines, at least 1.
    pub width: u32,
    /// What is wrong: a lower-case fragment with values in backticks.
    pub what: String,
    /// What to write instead, if it can be said.
    pub hint: Option<String>,
}

impl Mistake {
    /// A mistake that stands in no file.
    pub fn general(what: impl Into<String>) -> Self {
        Self { place: None, source: None, width: 1, what: what.into(), hint: None }
    }

    /// A mistake at a place.
    pub fn at(place: Place, what: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::general(what) }
    }

    /// The same mistake with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same mistake with the line it stands in and the number of characters to underline.
    #[must_use]
    pub fn source(mut self, line: impl Into<String>, width: u32) -> Self {
        self.source = Some(line.into());
        self.width = width.max(1);
        self
    }

    /// So many mistakes of one kind get a suggestion: to compare each with all names of a fleet takes too long.
    pub const MOST_SUGGESTIONS: usize = 20;

    /// The known word that was probably meant by `word`, if one is near enough to suggest.
    pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
        // Nobody mistypes a word of this length, and the work grows with its square.
        const LONGEST_WORD: usize = 256;
        let tolerance = (word.chars().count() / 3).clamp(1, 4);
        let known = known.into_iter().filter(|_| word.len() <= LONGEST_WORD);
        known
            .filter(|candidate| word.len().abs_diff(candidate.len()) <= 4 * tolerance)
            .map(|candidate| (edits(word, candidate), candidate))
            .filter(|(edits, _)| *edits <= tolerance)
            .min_by_key(|(edits, _)| *edits)
            .map(|(_, candidate)| candidate)
    }
}

/// How many characters must be put in, left out, changed or swapped to turn one word into the other.
fn edits(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{place}: {}", readable(&self.what))?,
            None => write!(out, "{}", readable(&self.what))?,
        }
        if let (Some(place), Some(source)) = (&self.place, &self.source) {
            let number = place.line.to_string();
            let gutter = " ".repeat(number.len());
            // A tab takes one column of the place but several of the screen: the caret line repeats it.
            let lead: String = source
                .chars()
                .take(place.column.saturating_sub(1) as usize)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let carets = "^".repeat(self.width as usize);
            let source: String = source.chars().map(|c| if c == '\t' { c } else { shown(c) }).collect();
            write!(out, "\n {gutter} |\n {number} | {source}\n {gutter} | {lead}{carets}")?;
        }
        if let Some(hint) = &self.hint {
            write!(out, "\n   = {}", readable(hint))?;
        }
        Ok(())
    }
}

/// Every mistake that was found, in the order of the files; never empty when returned as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// The value if there is no mistake, all mistakes otherwise.
    pub fn none_or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds a mistake.
    pub fn add(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// Adds the mistakes of `result` and returns its value, if it has one.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(more) => {
                self.0.extend(more.0);
                None
            }
        }
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            write!(out, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_moves_the_cursor_or_fills_the_screen() {
        let place = Place { file: "a".into(), line: 1, column: 2 };
        let mistake = Mistake::at(place, "`\u{1b}[2J`\n").source("\t\u{7}x\u{202e}", 1).hint("\u{9b}");
        assert_eq!(mistake.to_string(), "a:1:2: `␛[2J`␊\n   |\n 1 | \t␇x\u{fffd}\n   | \t^\n   = \u{fffd}");
        let long = readable(&format!("a{}z", "x".repeat(100_000))).into_owned();
        assert!(long.starts_with('a') && long.ends_with('z') && long.chars().count() == LONGEST + 1);
    }

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let known = ["jc_tag", "jc_name", "jc_jump_group"];
        assert_eq!(Mistake::nearest("jc_tga", known), Some("jc_tag"));
        assert_eq!(Mistake::nearest("jc_jumpgroup", known), Some("jc_jump_group"));
        assert_eq!(Mistake::nearest("ansible_host", known), None);
    }
}
