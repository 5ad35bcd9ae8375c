//! What do all askers of an account have in common? Its token, its quota and the site's clock, for the whole process.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use jiff::Timestamp;

use super::clock::{self, Clock};
use super::quota::Quota;
use super::token::Held;
use crate::model::Secret;
use crate::web::Answer;

/// One account's.
pub(super) struct Common {
    pub(super) token: Mutex<Held>,
    pub(super) quota: Quota,
    clock: Mutex<Option<Clock>>,
}

/// Where it is asked, and as whom.
type Key = (String, Secret, Secret);

/// Those that somebody asks by now.
static KNOWN: Mutex<Vec<(Key, Weak<Common>)>> = Mutex::new(Vec::new());

/// Those that are kept as long as the process lives, also where nobody asks for a while.
static KEPT: Mutex<Vec<Arc<Common>>> = Mutex::new(Vec::new());

impl Common {
    /// Keeps it for whoever asks as this account later.
    pub(super) fn keep(common: &Arc<Self>) {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.iter().any(|known| Arc::ptr_eq(known, common)) {
            kept.push(common.clone());
        }
    }

    /// That of this address, client id and client secret.
    pub(super) fn of(address: String, id: &Secret, secret: &Secret) -> Arc<Self> {
        let key = (address, id.clone(), secret.clone());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, common)| common.strong_count() > 0);
        if let Some(common) =
            known.iter().find(|(known, _)| *known == key).and_then(|(_, there)| there.upgrade())
        {
            return common;
        }
        let new = Arc::new(Self { token: Mutex::default(), quota: Quota::new(), clock: Mutex::new(None) });
        known.push((key, Arc::downgrade(&new)));
        new
    }

    /// Takes down what an answer tells of the site's clock and of the requests that are left.
    pub(super) fn heard(&self, answer: &Answer, asked: Instant) {
        if let Some(left) = answer.header("x-ratelimit-remaining").and_then(|left| left.parse().ok()) {
            self.quota.left(left);
        }
        let told = answer.header("date").and_then(clock::date);
        if let Some(told) = told.and_then(|date| Clock::of(date, asked, Instant::now())) {
            let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
            *clock = Some(clock.map_or(told, |known| known.and(told)));
        }
    }

    /// What the site's clock shows now at the least; none where no answer has told it.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let clock = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock?.least(Instant::now())
    }
}
