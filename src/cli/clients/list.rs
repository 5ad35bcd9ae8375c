//! Which clients does the site know? Each is shown as its page comes.

use std::io::{self, Write};

use super::chosen::Chosen;
use super::shown::{Shown, Site, line};
use crate::cli::args::Format;
use crate::cli::{Problem, Surroundings, exit, output};
use crate::model::JumpClient;

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
            Format::Text => line(client, &self.site.codes, self.out),
            Format::Json => {
                write!(self.out, "{}", if is_first { "[\n" } else { ",\n" })?;
                Ok(serde_json::to_writer(&mut self.out, &Shown::of(client, &self.site.codes))?)
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match (self.format, self.count) {
            (Format::Text, 0) => writeln!(self.out, "the site has no such clients"),
            (Format::Text, _) => Ok(()),
            (Format::Json, 0) => writeln!(self.out, "[]"),
            (Format::Json, _) => writeln!(self.out, "\n]"),
        }
    }
}
