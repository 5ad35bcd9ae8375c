//! Is a value what its variable takes?

use std::net::Ipv6Addr;
use std::sync::Arc;

use super::complaint::Flaw;
use super::scalar::{UNSAFE, is_sealed};
use crate::model::{Platform, Quote, SecretReference, Value, VaultReference};
use crate::shell::quote;

/// The value in a message, shortened, with control characters made visible.
pub fn shown(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars().take(60) {
        match c.is_control() {
            true => short.extend(c.escape_default()),
            false => short.push(c),
        }
    }
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// What kind of thing a value is, for messages.
pub fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Integer(value) => format!("the number `{value}`"),
        Value::Float(value) => format!("the number `{value}`"),
        Value::Text(text) => format!("the text `{}`", shown(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}

/// The value behind a marker key such as `__ansible_vault`.
pub fn wrapped<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Map(entries) => match &**entries {
            [(only, inner)] if &**only == key => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// What a value says, unless Ansible Vault sealed it.
fn plain(value: &Value) -> Result<&Value, Flaw> {
    if is_sealed(value) { Err(sealed()) } else { Ok(wrapped(value, UNSAFE).unwrap_or(value)) }
}

/// A sealed value stands where a plan would show it.
pub fn sealed() -> Flaw {
    Flaw::new("an Ansible Vault value stands here, and a plan would show it")
        .hint("write it unencrypted: only passwords and passphrases may be vaulted")
}

/// Text without control characters; `null` and empty text mean that the variable is not set.
pub fn text(value: &Value) -> Result<Option<Arc<str>>, Flaw> {
    let value = plain(value)?;
    match value {
        Value::Null => Ok(None),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) => printable(text).map(|()| Some(text.clone())),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Err(Flaw::new(format!(
            "{} stands where text belongs",
            kind(value)
        ))
        .hint(
            "write it in quotes, so that it stays text; behind a host in INI in both kinds, as in `\"'5'\"`",
        )),
        Value::List(_) | Value::Map(_) => {
            Err(Flaw::new(format!("{} stands where text belongs", kind(value))))
        }
    }
}

fn printable(text: &str) -> Result<(), Flaw> {
    let Some(bad) = text.chars().find(|c| c.is_control()) else { return Ok(()) };
    let flaw = Flaw::new(format!("a control character (U+{:04X}) is in the text", u32::from(bad)));
    Err(match bad {
        '\n' | '\r' => flaw.hint("write it in one line; in YAML `>-` folds several lines into one"),
        _ => flaw.hint("take it out"),
    })
}

/// Text of at most `limit` characters.
pub fn limited(value: &Value, limit: usize) -> Result<Option<Arc<str>>, Flaw> {
    let text = text(value)?;
    let length = text.as_deref().map_or(0, |text| text.chars().count());
    match length > limit {
        true => Err(Flaw::new(format!("{length} characters are too many: the site stores {limit}"))
            .hint(format!("shorten it by {}", length - limit))),
        false => Ok(text),
    }
}

/// A code name as the site's policies and groups have it.
pub fn code_name(value: &Value) -> Result<Option<Arc<str>>, Flaw> {
    let text = text(value)?;
    match text.as_deref().filter(|text| !is_code_name(text)) {
        Some(bad) => Err(Flaw::new(format!("`{}` is not a code name", shown(bad)))
            .hint("write the code name, not the display name: 1 to 64 letters, digits, `-` and `_`")),
        None => Ok(text),
    }
}

fn is_code_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&text.len()) && text.chars().all(fits)
}

/// `jumpgroup:<code name>` or `user:<name>`.
pub fn jump_group(value: &Value) -> Result<Option<Arc<str>>, Flaw> {
    let Some(text) = text(value)? else { return Ok(None) };
    let flaw = match text.split_once(':') {
        Some(("jumpgroup", code)) if is_code_name(code) => return Ok(Some(text)),
        Some(("user", name)) if !name.trim().is_empty() => return Ok(Some(text)),
        Some(("team", code)) => Flaw::new("`team:` is not a Jump Group of this product any more")
            .hint(format!("write `jumpgroup:{}`", shown(code))),
        Some(("jumpgroup", code)) => Flaw::new(format!("`{}` is not a code name", shown(code)))
            .hint("write `jumpgroup:` and the code name: 1 to 64 letters, digits, `-` and `_`"),
        None if is_code_name(&text) => Flaw::new(format!("`{text}` does not say what it is the name of"))
            .hint(format!("write `jumpgroup:{text}`, or `user:{text}` for somebody's own Jump Clients")),
        _ => Flaw::new(format!("`{}` is not a Jump Group", shown(&text)))
            .hint("write `jumpgroup:<code name>` or `user:<name>`"),
    };
    Err(flaw)
}

/// A whole number between two bounds, also when it is written as text.
pub fn number(value: &Value, least: i64, most: i64) -> Result<Option<i64>, Flaw> {
    let value = plain(value)?;
    let number = match value {
        Value::Null => return Ok(None),
        Value::Text(text) if text.is_empty() => return Ok(None),
        Value::Integer(number) => Some(*number),
        Value::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => Err(Flaw::new(format!("{} is not a whole number from {least} to {most}", kind(value)))),
    }
}

/// `true` or `false`, also in YAML 1.1's other words and as text.
pub fn switch(value: &Value) -> Result<Option<bool>, Flaw> {
    let value = plain(value)?;
    match value {
        Value::Null => Ok(None),
        Value::Bool(on) => Ok(Some(*on)),
        Value::Integer(1) => Ok(Some(true)),
        Value::Integer(0) => Ok(Some(false)),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "on" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "0" => Ok(Some(false)),
            _ => Err(Flaw::new(format!("{} is neither `true` nor `false`", kind(value)))),
        },
        _ => Err(Flaw::new(format!("{} is neither `true` nor `false`", kind(value)))),
    }
}

/// A path from the root of a file system, POSIX or Windows.
pub fn path(value: &Value) -> Result<Option<Arc<str>>, Flaw> {
    let Some(text) = text(value)? else { return Ok(None) };
    if !text.starts_with('/') && !has_drive(&text) && !text.starts_with(r"\\") {
        return Err(Flaw::new(format!("`{}` does not begin at the root", shown(&text)))
            .hint("write the whole path, such as `/opt/beyondtrust/client` or `C:\\Support\\Client`"));
    }
    if text.split(['/', '\\']).any(|part| part == "..") {
        return Err(
            Flaw::new(format!("`{}` goes up with `..`", shown(&text))).hint("write the path it means")
        );
    }
    Ok(Some(text))
}

fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

/// Whether the platform's systems are Windows.
pub fn is_windows(platform: Platform) -> bool {
    matches!(platform, Platform::WindowsExe | Platform::WindowsMsi)
}

/// A path in the manner of the platform's system; on Windows `shared` permits one on a share.
pub fn path_for(path: &str, platform: Platform, shared: bool) -> Result<(), Flaw> {
    let on_share = is_windows(platform) && shared && path.starts_with(r"\\");
    if is_windows(platform) == has_drive(path) || on_share {
        return Ok(());
    }
    let example = if is_windows(platform) { "C:\\Support\\Client" } else { "/opt/beyondtrust/client" };
    Err(Flaw::new(format!("`{}` is not a path on a `{platform}` host", shown(path)))
        .hint(format!("write a path such as `{example}`")))
}

/// The longest path: Windows has 260 characters with the NUL at its end (`MAX_PATH`), Linux 4,096 bytes (`PATH_MAX`).
pub fn path_length_for(path: &str, platform: Platform) -> Result<(), Flaw> {
    let (length, most, what) = if is_windows(platform) {
        (path.encode_utf16().count(), 259, "characters")
    } else {
        (path.len(), 4095, "bytes")
    };
    too_long(length, most, || {
        format!("the path has {length} {what}, and a `{platform}` host takes {most} of a path")
    })
}

/// The longest line that cmd.exe reads (Microsoft, "Command prompt line string limitation").
const CMD_LINE: usize = 8191;
/// What is kept free on it for the installer's name, its key and the names of the overrides.
const CMD_LINE_KEPT: usize = 1024;
/// The longest argument of a program on Linux, with the NUL at its end (`MAX_ARG_STRLEN`).
const ARGUMENT: usize = 128 * 1024 - 1;

/// Whether values of the installer's command line, the longest of them first, can be said to the platform at all.
pub fn words_for<'v>(values: impl Iterator<Item = &'v str>, platform: Platform) -> Result<(), Flaw> {
    if !is_windows(platform) {
        let length = values.map(str::len).max().unwrap_or_default();
        return too_long(length, ARGUMENT, || {
            format!("the value has {length} bytes, and a program takes {ARGUMENT} of one")
        });
    }
    // cmd.exe counts UTF-16 units, with the quotes, carets and doubled signs around and in the values.
    let length = values.map(|value| quote(Quote::WindowsArgument, value).encode_utf16().count()).sum();
    too_long(length, CMD_LINE - CMD_LINE_KEPT, || {
        format!(
            "the values make a command line too long for cmd.exe: {length} characters of {CMD_LINE}, names not counted"
        )
    })
}

fn too_long(length: usize, most: usize, what: impl Fn() -> String) -> Result<(), Flaw> {
    match length > most {
        true => Err(Flaw::new(what()).hint(format!("shorten it by {}", length - most))),
        false => Ok(()),
    }
}

/// The name of an account on a POSIX system.
pub fn account_for(account: &str, platform: Platform) -> Result<(), Flaw> {
    let body = account.strip_suffix('$').unwrap_or(account);
    let mut characters = body.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    let goes_on = characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c));
    if is_windows(platform) || begins && goes_on {
        return Ok(());
    }
    Err(Flaw::new(format!("`{}` is not the name of an account", shown(account)))
        .hint("write lower-case letters, digits, `_`, `.` and `-`, a letter first"))
}

/// A name or address to connect to.
pub fn address(value: &Value) -> Result<Option<Arc<str>>, Flaw> {
    let Some(text) = text(value)? else { return Ok(None) };
    if text.chars().any(|c| c.is_whitespace() || "/@,;`$\"'".contains(c)) || text.starts_with('-') {
        return Err(Flaw::new(format!("`{}` is not a host name or address", shown(&text))));
    }
    if text.contains([':', '[']) && text.split('%').next().is_none_or(|ip| ip.parse::<Ipv6Addr>().is_err()) {
        return Err(Flaw::new(format!("`{}` is not a host name or address", shown(&text)))
            .hint("write the port as `ansible_port`, and an IPv6 address without brackets"));
    }
    Ok(Some(text))
}

/// `{env: NAME}`, `{file: PATH}` or `{keyring: NAME}`, or a sealed value at a place; the value of anything else is never repeated in the
/// message.
pub fn secret(value: &Value, place: Option<&VaultReference>) -> Result<Option<SecretReference>, Flaw> {
    let hint = "write where it is instead: `{env: NAME}` for an environment variable or `{file: PATH}`";
    let entries = match value {
        Value::Null => return Ok(None),
        _ if is_sealed(value) => return Ok(place.cloned().map(SecretReference::Vault)),
        Value::Map(entries) if wrapped(value, UNSAFE).is_none() => entries,
        Value::Text(text) => {
            let reference = written(text).and_then(|(kind, place)| reference(kind, place));
            let wrong = || Flaw::new("a secret stands here in plain text").hint(hint);
            return reference.map(Some).ok_or_else(wrong);
        }
        _ => return Err(Flaw::new("a secret stands here in plain text").hint(hint)),
    };
    match &**entries {
        [(key, Value::Text(place))] => reference(key, place),
        _ => None,
    }
    .map(Some)
    .ok_or_else(|| Flaw::new("this does not say where a secret is").hint(hint))
}

/// A reference in one text, for forms that have no mappings, such as `{env: NAME}`.
fn written(text: &str) -> Option<(&str, &str)> {
    let (kind, place) = text.strip_prefix('{')?.strip_suffix('}')?.split_once(':')?;
    Some((kind.trim(), place.trim()))
}

fn reference(kind: &str, place: &str) -> Option<SecretReference> {
    match kind {
        "env" if is_environment_name(place) => Some(SecretReference::Env(place.to_owned())),
        "file" if !place.is_empty() && printable(place).is_ok() => {
            Some(SecretReference::File(place.to_owned()))
        }
        "keyring" if !place.is_empty() && printable(place).is_ok() => {
            Some(SecretReference::Keyring(place.to_owned()))
        }
        _ => None,
    }
}

fn is_environment_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}
