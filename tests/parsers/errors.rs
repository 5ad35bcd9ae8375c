//! Can what a parser complains about be shown to anybody?

use jumpfleet::model::Mistakes;

/// The longest message about one thing, with the line it shows.
const LONGEST: usize = 3000;

/// Fails unless every place is inside of its file and every message is fit for a terminal.
pub fn assert_fit(mistakes: &Mistakes, files: &[(&str, &str)]) {
    assert!(!mistakes.0.is_empty(), "an error without a mistake");
    for mistake in &mistakes.0 {
        assert_readable(&mistake.to_string());
        let Some(place) = &mistake.place else { continue };
        let file = files.iter().find(|(path, _)| *path == &*place.file);
        let (_, text) = file.unwrap_or_else(|| panic!("a place in no file: {place}"));
        // YAML ends a line at each of the three.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let Some(line) = text.split('\n').nth((place.line as usize).wrapping_sub(1)) else {
            panic!("a place behind the end of its file: {mistake}");
        };
        let widest = line.chars().count() + 1;
        assert!((1..=widest).contains(&(place.column as usize)), "a place beside its line: {mistake}");
    }
}

/// Fails unless a message is short and moves no cursor.
pub fn assert_readable(message: &str) {
    assert!(message.chars().count() <= LONGEST, "a message of {} bytes", message.len());
    let odd = message.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert_eq!(odd, None, "a control character in {message:?}");
}
