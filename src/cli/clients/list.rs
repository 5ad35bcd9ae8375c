//! Which clients does the site know? Each is shown as its page comes.

use std::io::{self, Write};

use clap::ValueEnum;

use super::chosen::Chosen;
use super::shown::{COLUMNS, Shown, Site, line};
use crate::cli::{Problem, Surroundings, exit, output};
use crate::model::JumpClient;
use crate::report;

/// How clients are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// `jumpfleet clients list`
pub fn run(around: &Surroundings, chosen: &Chosen, format: Format) -> Result<u8, Problem> {
    let site = Site::reach(around)?;
    let mut asked = Ok(());
    output::print(|out| {
        let mut list = List { site: &site, format, count: 0, out };
        let mut written = Ok(());
        asked = chosen.each(&site, |client| {
            if written.is_ok() {
                written = list.show(&client);
            }
        });
        written?;
        if asked.is_ok() { list.end() } else { Ok(()) }
    })?;
    asked.map(|()| exit::GOOD)
}

struct List<'l> {
    site: &'l Site,
    format: Format,
    count: usize,
    out: &'l mut dyn Write,
}

impl List<'_> {
    fn show(&mut self, client: &JumpClient) -> io::Result<()> {
        let is_first = self.count == 0;
        self.count += 1;
        match self.format {
            Format::Csv => {
                self.head(is_first)?;
                let row = Shown::of(client, &self.site.codes).row();
                report::write_row(row.iter().map(String::as_str), self.out)
            }
            Format::Text => line(client, &self.site.codes, self.out),
            Format::Json => {
                write!(self.out, "{}", if is_first { "[\n" } else { ",\n" })?;
                Ok(serde_json::to_writer(&mut self.out, &Shown::of(client, &self.site.codes))?)
            }
        }
    }

    fn head(&mut self, is_first: bool) -> io::Result<()> {
        if is_first { report::write_row(COLUMNS, self.out) } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        match (self.format, self.count) {
            (Format::Text, 0) => writeln!(self.out, "the site has no such clients"),
            (Format::Csv, 0) => self.head(true),
            (Format::Text | Format::Csv, _) => Ok(()),
            (Format::Json, 0) => writeln!(self.out, "[]"),
            (Format::Json, _) => writeln!(self.out, "\n]"),
        }
    }
}
