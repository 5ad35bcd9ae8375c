//! May a host's client be removed while these sessions are open? Pure.

use std::time::Duration;

/// What is wanted of a host whose client is to go and on which somebody is working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// It is left as it is.
    #[default]
    Refuse,
    /// It is visited again until nobody is on it, so long at most.
    Wait(Duration),
    /// The sessions are ended.
    Terminate,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The client may go.
    Go,
    /// The host is left as it is.
    Refuse,
    /// The host is visited again after this long.
    Again(Duration),
    /// The sessions are ended first.
    Terminate,
}

/// The shortest and the longest pause between two visits of a host that is waited for.
const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

/// Decides by the sessions, each told by whether it is surely the host's, and by how long was waited already.
///
/// A session that may be another host's keeps this one from being touched, and is not ended.
pub fn decide(wish: Wish, is_sure: &[bool], waited: Duration) -> Decision {
    if is_sure.is_empty() {
        return Decision::Go;
    }
    match wish {
        Wish::Wait(limit) if waited < limit => {
            Decision::Again((waited / 4).clamp(SHORTEST, LONGEST).min(limit - waited))
        }
        Wish::Terminate if is_sure.iter().all(|sure| *sure) => Decision::Terminate,
        _ => Decision::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_host_without_sessions_is_free_whatever_is_wanted() {
        for wish in [Wish::Refuse, Wish::Wait(seconds(60)), Wish::Terminate] {
            assert_eq!(decide(wish, &[], seconds(0)), Decision::Go);
        }
    }

    #[test]
    fn somebody_who_works_is_not_cut_off_unless_that_is_wanted() {
        assert_eq!(decide(Wish::default(), &[true], seconds(0)), Decision::Refuse);
        assert_eq!(decide(Wish::Terminate, &[true, true], seconds(0)), Decision::Terminate);
        // Nobody ends a session that may be on another computer.
        assert_eq!(decide(Wish::Terminate, &[true, false], seconds(0)), Decision::Refuse);
    }

    #[test]
    fn waiting_has_an_end() {
        let wait = |limit, waited| decide(Wish::Wait(seconds(limit)), &[false], seconds(waited));
        assert_eq!(wait(600, 0), Decision::Again(seconds(5)));
        assert_eq!(wait(600, 100), Decision::Again(seconds(25)));
        assert_eq!(wait(600, 400), Decision::Again(seconds(60)));
        // The last look is taken when the time is over.
        assert_eq!(wait(600, 598), Decision::Again(seconds(2)));
        assert_eq!(wait(600, 600), Decision::Refuse);
        assert_eq!(wait(2, 0), Decision::Again(seconds(2)));
    }
}
