//! How does a Windows computer do to itself what a visit would do to it? The invocation as `.cmd` files.
//!
//! Steps are said word for word as a visit says them. What is known only there reaches them in
//! variables that begin with `package_`, whose values hold no quote.

use super::kit::Kit;
use crate::model::{Script, Slot};
use crate::shell::{self, windows::lines};

/// A script with what is known now; lines end as cmd.exe wants them, which misses labels otherwise.
///
/// # Errors
/// The slot that nothing fills, which is a fault of ours.
pub(super) fn said(kit: &Kit<'_>, run: &str, script: &Script) -> Result<String, String> {
    let text = shell::fill_with(script, |slot, quote| {
        Some(match slot {
            Slot::Staging | Slot::FileName | Slot::Key => format!("\"%package_{slot}%\""),
            slot => shell::quote(quote, kit.known(slot, run)?),
        })
    });
    text.map(|text| lines(&text)).map_err(|slot| format!("nothing fills `{slot}`"))
}
