//! What does systemd itself read from a unit's command line?

use std::path::Path;
use std::process::Command;

use crate::programs::run;

const UNIT: &str = "jumpfleet-quoting.service";

/// The words systemd reads from an `ExecStart=` line, before it puts variables in.
pub fn words(line: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join(UNIT);
    std::fs::write(&unit, format!("[Service]\nExecStart={line}\n")).unwrap();
    let dump = verify(&unit);
    let read = dump.lines().find_map(|line| line.trim().strip_prefix("Command Line: "));
    unquoted(read.unwrap_or_else(|| panic!("no command line in {dump}")))
}

/// At its debug level the check also prints every unit as it was understood.
fn verify(unit: &Path) -> String {
    let ran = run(
        Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(unit)
            .env("SYSTEMD_LOG_LEVEL", "debug")
            .env("SYSTEMD_LOG_TARGET", "console"),
        "systemd",
    );
    let complaint = ran.err.lines().find(|line| line.contains(&format!("{UNIT}:2:")));
    assert_eq!(complaint, None);
    assert!(ran.success, "{}", ran.err);
    let dump = String::from_utf8(ran.out).unwrap();
    let ours = dump.split("-> Unit ").find(|part| part.starts_with(UNIT));
    ours.unwrap_or_else(|| panic!("{UNIT} is not in {dump}")).to_owned()
}

/// Undoes the quoting of the dump: words in double quotes with C escapes where needed.
fn unquoted(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), Vec::new(), false);
    let mut rest = line.bytes().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => quoted = !quoted,
            b' ' if !quoted => words.push(std::mem::take(&mut word)),
            b'\\' => word.push(escape(&mut rest)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

fn escape(rest: &mut impl Iterator<Item = u8>) -> u8 {
    let named = rest.next().unwrap();
    match named {
        b'0'..=b'7' => rest.take(2).fold(named - b'0', |sum, digit| sum * 8 + (digit - b'0')),
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        itself => itself,
    }
}
