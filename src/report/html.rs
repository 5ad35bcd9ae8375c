//! What does a person look at in a browser? One page that fetches nothing.
//!
//! The page itself is made here, whole and readable without scripts. Its script adds the table of all hosts, from
//! data that lies in the page as JSON and reaches the document as text only.

mod audit;
mod course;
mod data;
mod funnel;
mod pace;
mod text;
mod trouble;
mod view;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::record::Report;
use crate::template::page;
use view::View;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Where in the page the hosts are put; no value can hold it, because `<` is escaped in all of them.
const HOSTS: &str = "<!--hosts-->";

#[derive(Serialize)]
struct Whole<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    #[serde(flatten)]
    view: View<'a>,
}

/// Writes a page that stands alone, below 8 MB for 25,000 hosts; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let whole = Whole { policy: policy(), style: STYLE, script: SCRIPT, view: View::of(report) };
    let filled = page(PAGE, &whole).map_err(io::Error::other)?;
    let (before, after) = filled.split_once(HOSTS).unwrap_or((&filled, ""));
    let mut out = io::BufWriter::new(out);
    out.write_all(before.as_bytes())?;
    data::write(report, &mut out)?;
    out.write_all(after.as_bytes())?;
    out.flush()
}

/// What a browser allows the page: its own style and script, known by their digests, and nothing else.
fn policy() -> String {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    )
}

fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
}
