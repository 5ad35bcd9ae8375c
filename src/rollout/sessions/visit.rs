//! What does a session mean for the visit that would cut it off?

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::decide::{Decision, decide};
use super::whose::Found;
use crate::appliance::Account;
use crate::model::{Class, Happening, Phase, SessionEnd, Standing};
use crate::rollout::bench::{Bench, Trouble};
use crate::rollout::visit::{Visit, milliseconds};

/// How often is looked at most whether sessions have ended: that takes a moment, and a user may come back.
const LOOKS: u32 = 5;

/// The pause before each of these looks.
const PAUSE: Duration = Duration::from_secs(1);

impl Visit {
    /// Lets the host's client be removed, unless a session keeps it; does nothing where nobody asks the site.
    pub(in crate::rollout) fn guard(&self, bench: &Bench<'_>) -> Result<(), Trouble> {
        // A removal that has begun before this visit is brought to its end.
        let Some(account) = self.crew.site.as_ref().filter(|_| self.standing.get() != Standing::Begun) else {
            return Ok(());
        };
        let guard = &self.crew.guard;
        let found = guard.sessions(account, self.now(), bench.place).map_err(|why| unheard(bench, &why))?;
        if found.is_empty() {
            return Ok(());
        }
        let (waited, is_first) = guard.waited(bench.place);
        let is_sure: Vec<bool> = found.iter().map(|found| found.is_sure).collect();
        match decide(guard.wish, &is_sure, waited) {
            Decision::Go => Ok(()),
            Decision::Terminate => self.terminate(bench, account, found),
            Decision::Again(delay) if !self.crew.stop.is_asked() => {
                if is_first {
                    record(bench, &found, SessionEnd::Awaited)?;
                }
                Err(self.again(format!("{}; it is waited for", said(&found)), delay))
            }
            Decision::Again(_) => Err(Trouble::Ends(self.not_started())),
            Decision::Refuse => {
                record(bench, &found, SessionEnd::Refused)?;
                Err(refused(bench, said(&found)))
            }
        }
    }

    /// The event of another visit if a session began while the host waited for its start.
    pub(in crate::rollout) fn interrupted(&self, bench: &Bench<'_>) -> Option<Trouble> {
        let account = self.crew.site.as_ref()?;
        let detail = match self.crew.guard.sessions(account, self.now(), bench.place) {
            Ok(found) if found.is_empty() => return None,
            Ok(found) => format!("{}, since the host waits for its start", said(&found)),
            Err(why) => format!("the site did not tell which sessions are open: {why}"),
        };
        Some(self.again(detail, Duration::ZERO))
    }

    fn again(&self, detail: String, delay: Duration) -> Trouble {
        Trouble::Again(Box::new(Happening::RetryPlanned {
            phase: Phase::Remove,
            class: Class::SessionOpen,
            detail,
            delay: milliseconds(delay),
            standing: self.standing.get(),
        }))
    }

    /// Ends what is open, also what comes back, and looks until nothing is.
    fn terminate(&self, bench: &Bench<'_>, account: &Account, mut open: Vec<Found>) -> Result<(), Trouble> {
        let guard = &self.crew.guard;
        let mut ended: Vec<String> = Vec::new();
        let mut trouble = String::new();
        for _ in 0..LOOKS {
            if let Some(found) = open.iter().find(|found| !found.is_sure) {
                return Err(refused(bench, said(std::slice::from_ref(found))));
            }
            for found in open.iter().filter(|found| !ended.contains(&found.lsid)).cloned().collect::<Vec<_>>()
            {
                match guard.end(account, &found.lsid) {
                    Ok(_) => {
                        ended.push(found.lsid.clone());
                        record(bench, &[found], SessionEnd::Ended)?;
                    }
                    Err(error) => trouble = format!(": {error}"),
                }
            }
            let asked = Instant::now();
            sleep(PAUSE);
            open = guard
                .sessions_since(account, self.now(), bench.place, asked + PAUSE)
                .map_err(|why| unheard(bench, &why))?;
            if open.is_empty() {
                return Ok(());
            }
        }
        record(bench, &open, SessionEnd::Refused)?;
        Err(refused(bench, format!("{}, and could not be ended{trouble}", said(&open))))
    }

    fn now(&self) -> jiff::Timestamp {
        // Without a policy nothing is carried out; then all sessions that the report knows of count.
        self.crew.recorder.ask(|_, now| now.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

fn record(bench: &Bench<'_>, found: &[Found], end: SessionEnd) -> Result<(), Trouble> {
    let mut sessions = found.iter().map(|found| Happening::SessionMet {
        lsid: found.lsid.clone(),
        users: found.users.clone(),
        end,
    });
    let is_noted = |what| bench.crew.recorder.note_durably(Some(&bench.host.name), what);
    if sessions.all(is_noted) { Ok(()) } else { Err(Trouble::Unrecorded) }
}

fn refused(bench: &Bench<'_>, detail: String) -> Trouble {
    Trouble::Ends(bench.ends(Phase::Remove, Class::SessionOpen, detail, String::new()))
}

/// Who cannot ask does not cut anybody off.
fn unheard(bench: &Bench<'_>, why: &str) -> Trouble {
    let detail = format!("the site did not tell which sessions are open: {why}");
    Trouble::Ends(bench.ends(Phase::Remove, Class::SessionsUnknown, detail, String::new()))
}

/// Sessions in a few words.
fn said(found: &[Found]) -> String {
    let one = |found: &Found| {
        let users = if found.users.is_empty() { "somebody".to_owned() } else { found.users.join(", ") };
        let doubt = if found.is_sure { "" } else { ", if it is this host's" };
        format!("session {} of {users} is open{doubt}", found.lsid)
    };
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_told_with_their_users() {
        let found = |users: &[&str], is_sure| Found {
            lsid: "0a".into(),
            users: users.iter().map(|&user| user.to_owned()).collect(),
            is_sure,
        };
        assert_eq!(said(&[found(&["bob", "eve"], true)]), "session 0a of bob, eve is open");
        assert_eq!(said(&[found(&[], false)]), "session 0a of somebody is open, if it is this host's");
    }
}
