//! In which form is an inventory written? Told apart as Ansible does, by the name first and then by what it holds.

use std::path::Path;

use super::build::Build;
use super::complaint::Flaw;
use super::yaml::{Item, Mark, Reader, Stop, Token};
use super::{Role, dynamic, grouped, ini, json, table};

/// Takes in an inventory of any form.
pub fn read(build: &mut Build, role: &Role, path: &str, text: &str) -> Result<(), Stop> {
    match role {
        Role::Hosts => ini::list(build, text),
        Role::Output => dynamic::list(build, text),
        Role::HostOutput(host) => dynamic::host(build, host, text),
        _ => file(build, path, text),
    }
}

fn file(build: &mut Build, path: &str, text: &str) -> Result<(), Stop> {
    match extension(path).to_ascii_lowercase().as_str() {
        "json" => build.take(Reader::json(text), grouped::read),
        "yaml" | "yml" => build.take(reader(text), grouped::read),
        "csv" => table::read(build, text),
        "toml" => {
            let flaw = Flaw::new("this is an inventory in TOML, which jumpfleet does not read");
            let hint = "save what `ansible-inventory --list --yaml` prints for it";
            build.wrong(Mark { line: 1, column: 1 }, flaw.hint(hint));
            Err(Stop)
        }
        "" if begins_with_mapping(text) => build.take(reader(text), grouped::read),
        _ => ini::read(build, text),
    }
}

/// What stands behind the last dot of a file's name.
fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Reads a text that may be JSON as JSON if it is, and as YAML otherwise: numbers are written differently there.
pub fn reader(text: &str) -> Reader<'_> {
    if json::is_json(text) { Reader::json(text) } else { Reader::new(text) }
}

/// Whether YAML sees a mapping at the beginning of a text.
///
/// A line with a host's variables can look like one, and then the rest of an INI file does not.
fn begins_with_mapping(text: &str) -> bool {
    let mut reader = Reader::new(text);
    if !matches!(reader.next_item(), Ok(item) if matches!(item.token, Token::Map)) {
        return false;
    }
    match reader.next_item() {
        Ok(Item { token: Token::Scalar(key), .. }) if key.text.contains('=') => is_whole(&mut reader),
        _ => true,
    }
}

/// Whether a text is YAML to its end.
fn is_whole(reader: &mut Reader<'_>) -> bool {
    loop {
        match reader.next_item() {
            Ok(Item { token: Token::Finish, .. }) => return true,
            Ok(_) => {}
            Err(Stop) => return false,
        }
    }
}
