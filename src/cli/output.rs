//! Where do results go: to standard output or into a file?

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::Problem;
use crate::store;

/// Writes a result to a file, whole or not at all, or to standard output, which `-` names too.
pub fn result(
    file: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Problem> {
    match file {
        Some(path) if path.as_os_str() != "-" => Ok(store::write_whole(path, write)?),
        _ => print(write),
    }
}

/// Writes a result to standard output; a reader that has gone changes nothing of what was done.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Problem> {
    let mut out = BufWriter::with_capacity(256 * 1024, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::tool(format!("cannot print the result: {error}"))),
    }
}

/// Writes a value as JSON for programs and people, with a line end.
pub fn json(mut out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
}

/// Says a sentence on standard error, unless quiet was asked for.
pub fn say(quiet: bool, text: &str) {
    if !quiet {
        // A closed standard error must not end a rollout.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
