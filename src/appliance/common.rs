//! What do all askers of an account have in common? Its token, its quota and the site's clock, for the whole process.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

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
    /// Until when people have been told that is waited.
    told: Mutex<Option<Instant>>,
}

/// Where it is asked, and as whom.
type Key = (String, Secret, Secret);

/// One of those that are known.
struct Entry {
    key: Key,
    common: Weak<Common>,
    /// The same where it is kept as long as the process lives, also where nobody asks for a while.
    kept: Option<Arc<Common>>,
}

/// Those that somebody asks by now, or may ask again.
static KNOWN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

impl Common {
    /// Keeps it for whoever asks as this account later.
    pub(super) fn keep(common: &Arc<Self>) {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.iter_mut().find(|entry| std::ptr::eq(entry.common.as_ptr(), Arc::as_ptr(common)));
        if let Some(entry) = own {
            entry.kept = Some(common.clone());
        }
    }

    /// That of this address, client id and client secret.
    pub(super) fn of(address: String, id: &Secret, secret: &Secret) -> Arc<Self> {
        let key = (address, id.clone(), secret.clone());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|entry| entry.common.strong_count() > 0);
        if let Some(common) =
            known.iter().find(|entry| entry.key == key).and_then(|entry| entry.common.upgrade())
        {
            return common;
        }
        let new = Arc::new(Self {
            token: Mutex::default(),
            quota: Quota::new(),
            clock: Mutex::default(),
            told: Mutex::default(),
        });
        known.push(Entry { key, common: Arc::downgrade(&new), kept: None });
        new
    }

    /// Takes down what an answer tells of the site's clock and of the requests that are left.
    pub(super) fn heard(&self, answer: &Answer, asked: Instant) {
        let told = answer.header("date").and_then(clock::date);
        if let Some(told) = told.and_then(|date| Clock::of(date, asked, Instant::now())) {
            let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
            *clock = Some(clock.map_or(told, |known| known.and(told)));
        }
        if let Some(left) = answer.header("x-ratelimit-remaining").and_then(|left| left.trim().parse().ok()) {
            self.quota.left(left, self.rest(answer), Instant::now());
        }
    }

    /// How long an answer wants to be waited for the next one; none where it does not say.
    pub(super) fn rest(&self, answer: &Answer) -> Option<Duration> {
        let now = self.time();
        let after = answer.header("retry-after").and_then(|rest| clock::rest(rest, now));
        after.or_else(|| clock::reset(answer.header("x-ratelimit-reset")?, now))
    }

    /// Whether people are to be told of a wait: not once more by another who waits as long.
    pub(super) fn is_news(&self, rest: Duration, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told.is_none_or(|until| until <= now);
        if is_news {
            *told = now.checked_add(rest);
        }
        is_news
    }

    /// What the site's clock shows now at the least; none where no answer has told it.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let clock = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock?.least(Instant::now())
    }
}
