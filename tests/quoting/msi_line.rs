//! What does Windows Installer read from its command line, by its own rules ("Command-Line Options")?

use std::collections::BTreeMap;

/// What one line says.
#[derive(Debug, Default)]
pub struct Line {
    /// Switches and what stands behind them, in their order, without the program.
    pub switches: Vec<String>,
    /// Properties by their names in upper case, as Windows Installer folds them.
    pub properties: BTreeMap<String, String>,
}

/// Reads a line whose first word is the program.
///
/// A value stands in quotes or has no blank, a quote in it is doubled; anything else is what ends with 1639.
pub fn read(line: &str) -> Result<Line, String> {
    let mut read = Line::default();
    let mut rest = words_behind(line);
    while !rest.is_empty() {
        let name = rest.split(['=', ' ', '"']).next().unwrap_or_default();
        match rest[name.len()..].strip_prefix('=').filter(|_| is_name(name)) {
            Some(behind) => {
                let (value, behind) = value(behind)?;
                if read.properties.insert(name.to_uppercase(), value).is_some() {
                    return Err(format!("{name} twice"));
                }
                rest = behind.trim_start_matches(' ');
            }
            None => {
                let word = rest.split(' ').next().unwrap_or_default();
                if word.contains('"') {
                    return Err(format!("a quote in {word}"));
                }
                read.switches.push(word.to_owned());
                rest = rest[word.len()..].trim_start_matches(' ');
            }
        }
    }
    Ok(read)
}

/// What stands behind the program's own name, which may be in quotes.
fn words_behind(line: &str) -> &str {
    let behind = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or("", |(_, rest)| rest),
        None => line.split_once(' ').map_or("", |(_, rest)| rest),
    };
    behind.trim_start_matches(' ')
}

fn is_name(name: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || "_.".contains(character);
    name.chars().all(fits) && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

fn value(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return if value.contains('"') {
            Err(format!("a quote in {value}"))
        } else {
            Ok((value.to_owned(), rest))
        };
    };
    let (mut value, mut rest) = (String::new(), quoted);
    loop {
        let (before, behind) = rest.split_once('"').ok_or("an open quote")?;
        value += before;
        match behind.strip_prefix('"') {
            Some(more) => (value, rest) = (value + "\"", more),
            None if behind.is_empty() || behind.starts_with(' ') => return Ok((value, behind)),
            None => return Err(format!("something right behind a value: {behind}")),
        }
    }
}
