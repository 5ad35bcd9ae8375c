//! Is somebody working on a host whose client is to go? One listing of the site's sessions serves all visits.

mod decide;
mod listing;
mod visit;
mod whose;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::Plan;
pub use decide::Wish;
use listing::Listing;
use whose::Whose;

/// What is known of sessions, for all visits of a run together.
#[derive(Debug, Default)]
pub struct Guard {
    wish: Wish,
    whose: Whose,
    listing: Mutex<Listing>,
    /// Since when each host is waited for.
    since: Mutex<HashMap<usize, Instant>>,
}

impl Guard {
    /// Guards the hosts of this plan.
    pub fn new(plan: &Plan, wish: Wish) -> Self {
        Self { wish, whose: Whose::of_plan(plan), ..Self::default() }
    }

    /// How long a host is waited for by now, and whether this is the first time that it is asked.
    fn waited(&self, host: usize) -> (Duration, bool) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = !since.contains_key(&host);
        (since.entry(host).or_insert_with(Instant::now).elapsed(), is_first)
    }
}
