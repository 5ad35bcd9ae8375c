//! Where was each variable of a host written? Told so that hosts that are written alike share the answer.

use std::collections::HashMap;
use std::sync::Arc;

use super::complaint::File;
use super::schema::KNOWN;
use crate::model::{FileId, OWN_NAME, Origin, Origins};

/// More different answers than this are not kept: a plan must stay small whatever its inventory looks like.
const MOST_ANSWERS: usize = 20_000;

/// A place as hosts may share it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Where {
    /// So many lines below the line that names the host.
    Below(u32),
    /// A line of a file.
    At(FileId, u32),
}

/// The answers so far.
#[derive(Default)]
pub(super) struct Answers {
    names: HashMap<usize, Arc<str>>,
    known: HashMap<Vec<(usize, Where)>, Arc<Origins>>,
    /// The same answers by what they say: files of single hosts differ in the hosts' names only.
    said: HashMap<Origins, Arc<Origins>>,
    none: Arc<Origins>,
}

impl Answers {
    /// Where the variables of a host were written, by their places in [`KNOWN`]; empty when there are too many
    /// different answers already. `own` are the places of those that belong to the host alone.
    pub(super) fn of(
        &mut self,
        files: &[File],
        name: &Arc<str>,
        host: Origin,
        own: &[Origin],
        variables: impl Iterator<Item = (usize, Origin)>,
    ) -> Arc<Origins> {
        let place =
            |origin: Origin| if own.contains(&origin) { relative(host, origin) } else { absolute(origin) };
        let key: Vec<_> = variables.map(|(known, origin)| (known, place(origin))).collect();
        if let Some(answer) = self.known.get(&key) {
            return answer.clone();
        }
        let said: Origins =
            key.iter().map(|(known, place)| (self.name(*known), written(files, name, *place))).collect();
        if let Some(answer) = self.said.get(&said) {
            return answer.clone();
        }
        if self.said.len() == MOST_ANSWERS {
            return self.none.clone();
        }
        let answer = Arc::new(said.clone());
        self.said.insert(said, answer.clone());
        self.known.insert(key, answer.clone());
        answer
    }

    fn name(&mut self, known: usize) -> Arc<str> {
        self.names.entry(known).or_insert_with(|| KNOWN[known].name.into()).clone()
    }
}

/// A place as seen from the host's own line: hosts that are written alike have the same distances.
fn relative(host: Origin, origin: Origin) -> Where {
    match origin.line.checked_sub(host.line) {
        Some(below) if origin.file == host.file => Where::Below(below),
        _ => absolute(origin),
    }
}

fn absolute(origin: Origin) -> Where {
    Where::At(origin.file, origin.line)
}

fn written(files: &[File], name: &Arc<str>, place: Where) -> Arc<str> {
    match place {
        Where::Below(lines) => format!("+{lines}").into(),
        Where::At(file, line) => {
            let path = files.get(file.0 as usize).map_or("", |file| &file.path);
            // A file of this host alone bears its name.
            let (folder, last) = path.rsplit_once('/').map_or(("", path), |(folder, last)| (folder, last));
            let slash = if folder.is_empty() { "" } else { "/" };
            let own = last.split('.').next() == Some(name) || last == &**name;
            let last = if own { last.replacen(&**name, OWN_NAME, 1) } else { last.to_owned() };
            format!("{folder}{slash}{last}:{line}").into()
        }
    }
}
