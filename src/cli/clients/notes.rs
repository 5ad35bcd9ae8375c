//! What was a client before it was changed or deleted? Written down before anything is done, so that it can be
//! restored by hand.

use std::path::PathBuf;

use serde::Serialize;

use super::shown::Shown;
use crate::cli::{Problem, Surroundings};
use crate::matching::drift::Codes;
use crate::model::JumpClient;
use crate::store;

/// A journal of what is done to the site's clients.
pub struct Notes {
    path: PathBuf,
}

/// A line of it.
#[derive(Serialize)]
struct Note<'n, T> {
    at: jiff::Timestamp,
    /// What happens.
    what: &'n str,
    client: u32,
    /// The client as it was, or why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<T>,
}

impl Notes {
    /// A new journal for this kind of work, in the state folder.
    pub fn begin(around: &Surroundings, work: &str, site: &str) -> Result<Self, Problem> {
        let now = Surroundings::now();
        let folder = around.state()?.path().join("clients");
        let path = folder.join(format!("{}-{work}.jsonl", now.strftime("%Y%m%dT%H%M%S%3fZ")));
        let notes = Self { path };
        let head = serde_json::json!({"at": now, "what": work, "site": site, "by": Surroundings::by()});
        notes.add(&head)?;
        Ok(notes)
    }

    /// Where it is.
    pub fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Before a client is touched: all that it was.
    pub fn before(&self, what: &str, client: &JumpClient, codes: &Codes) -> Result<(), Problem> {
        self.note(what, client.id, Some(Shown::of(client, codes)))
    }

    /// What came of it.
    pub fn after(&self, what: &str, client: u32, why: Option<&str>) -> Result<(), Problem> {
        self.note(what, client, why)
    }

    fn note(&self, what: &str, client: u32, with: Option<impl Serialize>) -> Result<(), Problem> {
        self.add(&Note { at: Surroundings::now(), what, client, with })
    }

    fn add(&self, line: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_string(line).map_err(Problem::tool)?;
        Ok(store::append_line(&self.path, &text)?)
    }
}
