//! How many may do a thing at once?

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A limit for each key: so many turns are out at once, the others wait.
#[derive(Debug)]
pub struct Turns {
    limit: usize,
    taken: Mutex<HashMap<String, usize>>,
    returned: Condvar,
}

/// Permission to go on, given back when dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns,
    key: String,
}

impl Turns {
    /// At most `limit` turns at once for each key; zero counts as one.
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), taken: Mutex::default(), returned: Condvar::new() }
    }

    /// Waits for a turn; none if the deadline passes first.
    pub fn take(&self, key: &str, deadline: Instant) -> Option<Turn<'_>> {
        let mut taken = self.lock();
        while taken.get(key).copied().unwrap_or(0) >= self.limit {
            let left = deadline.checked_duration_since(Instant::now())?;
            taken = self.returned.wait_timeout(taken, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken.entry(key.to_owned()).or_insert(0) += 1;
        Some(Turn { turns: self, key: key.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut taken = self.turns.lock();
        // Keys nobody uses are forgotten: over a run there are as many keys as hosts.
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.key);
            }
        }
        self.turns.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[test]
    fn a_turn_is_waited_for_and_given_back() {
        let turns = Turns::new(2);
        let first = turns.take("a", soon());
        let second = turns.take("a", soon());
        assert!(first.is_some() && second.is_some() && turns.take("a", soon()).is_none());
        assert!(turns.take("b", soon()).is_some(), "keys do not share");
        drop(first);
        assert!(turns.take("a", soon()).is_some());
    }

    #[test]
    fn a_waiting_thread_gets_the_turn_that_is_given_back() {
        let turns = Turns::new(1);
        let held = turns.take("", soon());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take("", Instant::now() + Duration::from_secs(5)).is_some());
            drop(held);
            assert!(waiting.join().unwrap());
        });
        assert!(turns.lock().is_empty());
    }
}
