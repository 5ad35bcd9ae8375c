//! Which sessions are open by now, without a request for each host?

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Guard;
use super::whose::Found;
use crate::appliance::{Account, ApiError, Ended, SESSION_WINDOW, SessionWay};

/// How old what the site said may be: at most 1,200 listings an hour, of two requests each, of the 15,000 requests
/// that an account has.
const OLDEST: Duration = Duration::from_secs(3);

/// What the site said last.
#[derive(Debug, Default)]
pub(super) struct Listing {
    way: Option<SessionWay>,
    said: Option<Said>,
}

#[derive(Debug)]
struct Said {
    asked: Instant,
    /// The sessions by the host they are on, or why the site did not tell.
    open: Result<HashMap<usize, Vec<Found>>, String>,
}

impl Guard {
    /// The sessions of a host, by what the site said a few seconds ago at most.
    pub(super) fn sessions(
        &self,
        account: &Account,
        now: Timestamp,
        host: usize,
    ) -> Result<Vec<Found>, String> {
        let oldest = Instant::now().checked_sub(OLDEST).unwrap_or_else(Instant::now);
        self.sessions_since(account, now, host, oldest)
    }

    /// The sessions of a host, by what the site said after this moment; who asks meanwhile waits for one answer.
    pub(super) fn sessions_since(
        &self,
        account: &Account,
        now: Timestamp,
        host: usize,
        oldest: Instant,
    ) -> Result<Vec<Found>, String> {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        if listing.said.as_ref().is_none_or(|said| said.asked < oldest) {
            let asked = Instant::now();
            let open = listing.ask(account, now).map(|sessions| self.whose.of(&sessions));
            listing.said = Some(Said { asked, open: open.map_err(|error| error.to_string()) });
        }
        match listing.said.as_ref().map(|said| &said.open) {
            Some(Ok(open)) => Ok(open.get(&host).cloned().unwrap_or_default()),
            Some(Err(why)) => Err(why.clone()),
            None => Err("the site was not asked".to_owned()),
        }
    }

    /// Ends a session.
    pub(super) fn end(&self, account: &Account, lsid: &str) -> Result<Ended, ApiError> {
        let way = self.listing.lock().unwrap_or_else(PoisonError::into_inner).way(account)?;
        account.end_session(way, lsid)
    }
}

impl Listing {
    fn way(&mut self, account: &Account) -> Result<SessionWay, ApiError> {
        match self.way {
            Some(way) => Ok(way),
            None => Ok(*self.way.insert(SessionWay::of(account)?)),
        }
    }

    fn ask(&mut self, account: &Account, now: Timestamp) -> Result<Vec<crate::appliance::Session>, ApiError> {
        let since = now.checked_sub(SESSION_WINDOW).unwrap_or(Timestamp::UNIX_EPOCH);
        let way = self.way(account)?;
        account.sessions(way, since)
    }
}
