//! Which hosts of the inventory are left out, and what have they in common with those that are meant?

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Matched;

/// A host of the inventory that a limit leaves out: a record that the site has may be its.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bystander {
    /// Its name in the inventory.
    pub name: Arc<str>,
    /// The name or address it is reached by, as far as that can be told.
    pub address: Arc<str>,
    /// The Jump Group that its client is put into, as its variable says; none where that is left to the release.
    pub jump_group: Option<Arc<str>>,
}

/// By what hosts that a plan leaves out are called as one of its hosts is: what tells no more tells nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Namesakes {
    /// By this at the most.
    pub by: Matched,
    /// The same of those whose clients may be put into the same Jump Group; none where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_group: Option<Matched>,
}

impl Namesakes {
    /// Of both, what is known by more; the surest match is the least.
    #[must_use]
    pub fn and(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        let in_group = self.in_group.into_iter().chain(other.in_group).min();
        Self { by: self.by.min(other.by), in_group }
    }
}
