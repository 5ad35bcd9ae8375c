//! What does GitHub Actions take for a command, and how is it kept from taking what a host printed for one?
//!
//! Rules and limits: GitHub's reference "Workflow commands for GitHub Actions"; the escapes are those of the
//! runner's `ActionCommand`. A step shows ten annotations of a level, the rest vanishes without a word.

use std::fmt::Write as _;

use super::Spot;
use crate::model::visible;

/// So many annotations of a level are written; the tenth says how many more there are.
pub const MOST_OF_A_LEVEL: usize = 9;

/// The most characters of a message; GitHub takes 64 KiB, people less.
const MOST_MESSAGE: usize = 2000;

/// How serious an annotation is, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something is wrong.
    Error,
    /// Something may be wrong.
    Warning,
    /// Good to know.
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A remark at a line of a file, as a pull request shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How serious.
    pub level: Level,
    /// A few words.
    pub title: String,
    /// What there is to say; may have several lines, and may hold what a host printed.
    pub message: String,
    /// Where, if it stands anywhere.
    pub spot: Option<Spot>,
}

/// The annotations as commands, one a line, at most ten of a level: the first nine, then how many more there are
/// and where (`rest`, such as `the job summary has them all`).
pub fn annotations(all: &[Annotation], rest: &str) -> String {
    let mut lines = String::new();
    for level in Level::ALL {
        let of_level = || all.iter().filter(|annotation| annotation.level == level);
        of_level().take(MOST_OF_A_LEVEL).for_each(|annotation| command(annotation, &mut lines));
        let more = of_level().count().saturating_sub(MOST_OF_A_LEVEL);
        if more > 0 {
            let message = format!("and {more} more: {rest}");
            let title = format!("{more} more");
            command(&Annotation { level, title, message, spot: None }, &mut lines);
        }
    }
    lines
}

fn command(annotation: &Annotation, lines: &mut String) {
    let _ = write!(lines, "::{} ", annotation.level.word());
    if let Some(spot) = &annotation.spot {
        let _ = write!(lines, "file={},line={},", property(&spot.path), spot.line);
        if let Some(column) = spot.column {
            let _ = write!(lines, "col={column},");
        }
    }
    let _ = writeln!(lines, "title={}::{}", property(&annotation.title), data(&cut(&annotation.message)));
}

fn cut(message: &str) -> String {
    match message.char_indices().nth(MOST_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// Text behind the second `::`; control characters other than line ends become signs.
fn data(text: &str) -> String {
    let lines: Vec<_> =
        text.split('\n').map(|line| visible(line.strip_suffix('\r').unwrap_or(line))).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text behind `name=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// What nobody else can guess: it ends a text in which commands mean nothing.
#[derive(Debug, Clone)]
pub struct Token(String);

impl Token {
    /// A token of bytes from the system's source of randomness.
    pub fn of(random: [u8; 16]) -> Self {
        Self(format!("jumpfleet-{}", crate::model::hex(&random)))
    }

    /// A word that does not occur in a text.
    fn outside(&self, text: &str) -> String {
        let mut words = (0_u64..).map(|number| format!("{}-{number}", self.0));
        // A text has an end, so some number is not in it.
        words.find(|word| !text.contains(word)).unwrap_or_default()
    }

    /// The line after which commands mean nothing.
    pub fn opening(&self) -> String {
        format!("::stop-commands::{}", self.0)
    }

    /// The line after which they have their meaning again.
    pub fn closing(&self) -> String {
        format!("::{}::", self.0)
    }
}

/// The text between lines that keep GitHub from seeing commands in it; it ends with a newline.
pub fn quoted(text: &str, token: &Token) -> String {
    let token = Token(token.outside(text));
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{}\n{text}{end}{}\n", token.opening(), token.closing())
}

/// Values for later steps, in the form of the file that `GITHUB_OUTPUT` names.
pub fn outputs<'a>(values: impl IntoIterator<Item = (&'a str, String)>, token: &Token) -> String {
    let mut text = String::new();
    for (name, value) in values {
        let end = token.outside(&value);
        let _ = write!(text, "{name}<<{end}\n{value}\n{end}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token() -> Token {
        Token::of([7; 16])
    }

    fn annotation(level: Level, message: &str) -> Annotation {
        let spot = Spot { path: "inv/a,b:c%.yaml".into(), line: 3, column: Some(7) };
        Annotation { level, title: "no, way: 5%".into(), message: message.into(), spot: Some(spot) }
    }

    #[test]
    fn an_annotation_is_one_line_with_the_runners_escapes() {
        let lines = annotations(&[annotation(Level::Error, "100%\r\n::error::x, y: z\u{1b}[31m")], "");
        let wanted = "::error file=inv/a%2Cb%3Ac%25.yaml,line=3,col=7,title=no%2C way%3A 5%25::\
                      100%25%0A::error::x, y: z␛[31m\n";
        assert_eq!(lines, wanted);
    }

    #[test]
    fn the_tenth_of_a_level_counts_the_others() {
        let mut all: Vec<_> = (0..30).map(|at| annotation(Level::Warning, &at.to_string())).collect();
        all.push(annotation(Level::Error, "last but most serious"));
        let lines = annotations(&all, "the summary has them all");
        let lines: Vec<_> = lines.lines().collect();
        assert_eq!(lines.len(), 11);
        assert!(lines[0].starts_with("::error "), "{}", lines[0]);
        assert_eq!(lines[10], "::warning title=21 more::and 21 more: the summary has them all");
        assert_eq!(annotations(&all[..9], "").lines().count(), 9);
    }

    #[test]
    fn a_text_that_knows_the_token_does_not_end_its_quotation() {
        let guess = format!("{}-0", token().0);
        let quotation = quoted(&format!("::{guess}::\n::error::x"), &token());
        let lines: Vec<_> = quotation.lines().collect();
        let ends = lines[0].strip_prefix("::stop-commands::").map(|word| format!("::{word}::")).unwrap();
        assert_eq!(lines.iter().position(|line| *line == ends), Some(3), "{quotation}");
        assert_eq!(quoted("", &token()).lines().count(), 2);
    }

    #[test]
    fn an_output_cannot_end_early() {
        let text = outputs([("failed", "3".to_owned())], &token());
        let end = format!("{}-0", token().0);
        assert_eq!(text, format!("failed<<{end}\n3\n{end}\n"));
        let text = outputs([("names", format!("a\n{end}\nfailed=0"))], &token());
        assert_eq!(text.lines().last(), Some(&*format!("{}-1", token().0)));
    }

    proptest! {
        #[test]
        fn no_message_makes_a_second_line(message in any::<String>(), title in any::<String>()) {
            let one = Annotation { level: Level::Notice, title, message, spot: None };
            let lines = annotations(&[one], "");
            prop_assert_eq!(lines.lines().count(), 1);
            prop_assert!(!lines.trim_end().contains(|c: char| c.is_control()));
        }
    }
}
