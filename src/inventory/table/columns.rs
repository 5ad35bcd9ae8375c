//! Which column means what?

use crate::inventory::check::shown;
use crate::inventory::complaint::Flaw;
use crate::inventory::names::unknown;
use crate::inventory::schema;
use crate::inventory::table::cells::Cell;
use crate::inventory::yaml::Mark;
use crate::model::Mistake;

/// What the settings say of the columns of tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column with the names of hosts; `host`, `hostname` or `name` if not set.
    pub host: Option<String>,
    /// The columns whose cells name groups.
    pub groups: Vec<String>,
    /// Variables with their columns; if not set, every column that is called as a variable may be.
    pub variables: Option<Vec<(String, String)>>,
    /// What stands between cells; found out if not set.
    pub delimiter: Option<u8>,
}

/// What the columns are called that name hosts, where the settings do not say it.
const HOST: [&str; 3] = ["host", "hostname", "name"];

/// What the columns of one table mean, by their positions.
#[derive(Debug, Default, PartialEq)]
pub struct Meaning {
    /// The host's name.
    pub host: usize,
    /// Names of groups.
    pub groups: Vec<usize>,
    /// Variables.
    pub variables: Vec<(usize, String)>,
}

/// The first row of a table, while its columns are looked for.
struct Header<'h> {
    cells: &'h [Cell<'h>],
    flaws: Vec<(Mark, Flaw)>,
}

impl Meaning {
    /// What the first row means, unless no column names hosts; and all that is wrong with it.
    pub fn of(cells: &[Cell<'_>], columns: &Columns) -> (Option<Self>, Vec<(Mark, Flaw)>) {
        let mut header = Header { cells, flaws: Vec::new() };
        let host = match &columns.host {
            Some(named) => header.named(named),
            None => header.host(),
        };
        let groups: Vec<usize> = columns.groups.iter().filter_map(|named| header.named(named)).collect();
        let variables = match &columns.variables {
            Some(variables) => {
                let at = |(name, column): &(String, String)| Some((header.named(column)?, name.clone()));
                variables.iter().filter_map(at).collect()
            }
            None => header.rest(host, &groups),
        };
        let variables = header.known(variables);
        (host.map(|host| Self { host, groups, variables }), header.flaws)
    }
}

impl Header<'_> {
    /// The column of this name, in small letters or capitals.
    fn named(&mut self, name: &str) -> Option<usize> {
        let mut found = (0..self.cells.len()).filter(|at| is_called(&self.cells[*at], name));
        let (first, second) = (found.next(), found.next());
        if let Some(second) = second {
            let flaw = Flaw::new(format!("column `{}` is here a second time", shown(name)));
            let hint = "rename one of the two, so that it is clear which is meant";
            self.flaws.push((self.cells[second].mark, flaw.hint(hint)));
        }
        if first.is_none() {
            let flaw = Flaw::new(format!("there is no column `{}`, which the settings name", shown(name)));
            let hint = match Mistake::nearest(name, self.names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the columns are: {}", self.names().collect::<Vec<_>>().join(", ")),
            };
            self.flaws.push((self.beginning(), flaw.hint(hint)));
        }
        first
    }

    /// The column that names hosts where the settings do not say it.
    fn host(&mut self) -> Option<usize> {
        let is_there = |name: &&&str| self.cells.iter().any(|cell| is_called(cell, name));
        let named = HOST.iter().find(is_there);
        if let Some(name) = named {
            return self.named(name);
        }
        let flaw = Flaw::new("no column is called `host`, `hostname` or `name`");
        let hint =
            "say in the settings which one names the hosts: `inventory: {csv: {host: \"Device name\"}}`";
        self.flaws.push((self.beginning(), flaw.hint(hint)));
        None
    }

    /// The columns that are called as a variable may be.
    fn rest(&mut self, host: Option<usize>, groups: &[usize]) -> Vec<(usize, String)> {
        let mut variables: Vec<(usize, String)> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let name = cell.text.trim();
            if Some(at) == host || groups.contains(&at) || !is_variable(name) {
                continue;
            }
            if variables.iter().any(|(_, known)| known == name) {
                let flaw = Flaw::new(format!("column `{}` is here a second time", shown(name)));
                self.flaws.push((cell.mark, flaw.hint("rename one of the two, or take it out")));
                continue;
            }
            variables.push((at, name.to_owned()));
        }
        variables
    }

    /// Without those that begin like ours and are none.
    fn known(&mut self, variables: Vec<(usize, String)>) -> Vec<(usize, String)> {
        let is_known = |name: &str| !name.starts_with("jc_") || schema::find(name).is_some();
        let (known, others): (Vec<_>, Vec<_>) = variables.into_iter().partition(|(_, name)| is_known(name));
        self.flaws.extend(others.iter().map(|(at, name)| (self.cells[*at].mark, unknown(name))));
        known
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|cell| cell.text.trim()).filter(|name| !name.is_empty())
    }

    fn beginning(&self) -> Mark {
        self.cells.first().map_or(Mark { line: 1, column: 1 }, |cell| cell.mark)
    }
}

fn is_called(cell: &Cell<'_>, name: &str) -> bool {
    let (cell, name) = (cell.text.trim(), name.trim());
    cell.len() == name.len() && cell.eq_ignore_ascii_case(name) || cell.to_lowercase() == name.to_lowercase()
}

/// As Ansible allows variables to be called.
fn is_variable(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(fits)
}
