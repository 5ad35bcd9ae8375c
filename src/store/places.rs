//! How many starts may still fall into the minute that is now?
//!
//! A start leaves this machine at one moment and begins on its host at a later one, which only the host's word
//! tells. So it holds a place from the moment it leaves until more than a minute after that word. Of two starts that
//! begin within one minute the first still holds its place when the second gets one, so no minute sees more of them
//! than there are places, however late they come.

use std::fmt::Write;
use std::time::Duration;

use crate::model::Rate;

/// What the vendor allows in a minute.
const PLACES: usize = Rate::VENDOR_LIMIT.starts() as usize;

/// How long a place is held after its host's word: a minute, and what lies between the word and the deed.
const HELD_AFTER: Duration = Duration::from_secs(60).saturating_add(Rate::GUARD);

/// How long that word is waited for; what was not heard of by then is taken to have begun.
const UNHEARD: Duration = Duration::from_secs(120);

/// The bytes of one place in the file.
const LINE: usize = 24;

/// Until when each place is held, since the machine's boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places([Duration; PLACES]);

/// A place that is held by one start, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    index: usize,
    until: Duration,
}

impl Places {
    /// All of them free.
    pub(super) fn free() -> Self {
        Self([Duration::ZERO; PLACES])
    }

    /// What the lines of a file say at the moment `now`; a place of which they say nothing possible is free.
    pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, now: Duration) -> Self {
        let mut places = Self::free();
        for (until, line) in places.0.iter_mut().zip(lines) {
            let read = line.trim().parse().map(Duration::from_nanos).unwrap_or_default();
            // Nothing is held longer than that, and rubbish must not hold a place for ever.
            if read <= now + UNHEARD + HELD_AFTER {
                *until = read;
            }
        }
        places
    }

    /// The lines of the file, all of one length.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::with_capacity(PLACES * LINE);
        for until in &self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(lines, "{:>1$}", until.as_nanos(), LINE - 1);
        }
        lines
    }

    /// How long no place is free from `now` on; none if one is.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        self.0.iter().min()?.checked_sub(now).filter(|wait| !wait.is_zero())
    }

    /// Gives the place that is free first to a start that leaves now.
    pub(super) fn take(&mut self, now: Duration) -> Place {
        let index = (0..PLACES).min_by_key(|index| self.0[*index]).unwrap_or_default();
        let until = now + UNHEARD + HELD_AFTER;
        self.0[index] = until;
        Place { index, until }
    }

    /// The host said that the start has begun.
    pub(super) fn begun(&mut self, place: Place, now: Duration) {
        self.change(place, now + HELD_AFTER);
    }

    /// The start did not leave and never will.
    pub(super) fn give_back(&mut self, place: Place) {
        self.change(place, Duration::ZERO);
    }

    /// A place that another start has got meanwhile is that one's.
    fn change(&mut self, place: Place, until: Duration) {
        let held = &mut self.0[place.index];
        if *held == place.until {
            *held = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Duration = Duration::from_secs(1000);

    fn full() -> (Places, Vec<Place>) {
        let mut places = Places::free();
        let held = (0..PLACES).map(|_| places.take(START)).collect();
        (places, held)
    }

    #[test]
    fn a_place_is_held_until_a_minute_after_the_hosts_word() {
        let (mut places, held) = full();
        assert_eq!(places.wait(START), Some(UNHEARD + HELD_AFTER));
        places.begun(held[7], START + SECOND * 5);
        assert_eq!(places.wait(START + SECOND * 5), Some(SECOND * 61));
        assert_eq!(places.wait(START + SECOND * 66), None);
        assert_eq!(places.take(START + SECOND * 66).index, 7);
        assert!(places.wait(START + SECOND * 66).is_some());
    }

    #[test]
    fn what_did_not_leave_holds_nothing() {
        let (mut places, held) = full();
        places.give_back(held[3]);
        assert_eq!(places.wait(START), None);
    }

    #[test]
    fn a_word_that_comes_too_late_takes_nobodys_place() {
        let (mut places, held) = full();
        let later = START + UNHEARD + HELD_AFTER;
        let next = places.take(later);
        let before = places.clone();
        places.begun(held[next.index], later);
        places.give_back(held[next.index]);
        assert_eq!(places, before);
    }

    #[test]
    fn the_file_says_what_was_held_and_rubbish_holds_nothing() {
        let (mut places, held) = full();
        places.begun(held[0], START);
        let text = places.lines();
        assert_eq!(text.len(), PLACES * LINE);
        assert_eq!(Places::read(text.lines(), START), places);
        let rubbish = ["x", "", "-1", "99999999999999999999999", "9000000000000000"];
        assert_eq!(Places::read(rubbish.into_iter(), START), Places::free());
        assert_eq!(Places::read(text.lines().take(1), START).0[1], Duration::ZERO);
    }

    proptest! {
        /// Starts of any lateness, one in so many of which is never heard of, as often as there is a place.
        #[test]
        fn no_closed_minute_sees_more_than_sixty_begin(
            starts in prop::collection::vec((0_u64..1500, 0_u64..90_000, 0_u64..3000, 0_u8..12), 100..400)
        ) {
            let (mut places, mut now) = (Places::free(), START);
            let mut words: Vec<(Duration, Place)> = Vec::new();
            let mut begun = Vec::new();
            for (pause, late, way, kind) in starts {
                now += Duration::from_millis(pause);
                // Words come while a place is waited for.
                while let Some(wait) = places.wait(now) {
                    let (come, to_come): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word.0 <= now);
                    come.into_iter().for_each(|(at, place)| places.begun(place, at));
                    words = to_come;
                    now += wait.min(SECOND);
                }
                let place = places.take(now);
                // Most come on time, some late, and of some the word is lost.
                let late = Duration::from_millis(if kind < 8 { late / 100 } else { late });
                begun.push(now + late);
                if kind != 11 {
                    words.push((now + late + Duration::from_millis(way), place));
                }
            }
            begun.sort();
            for window in begun.windows(PLACES + 1) {
                prop_assert!(window[PLACES] - window[0] > SECOND * 60);
            }
        }
    }
}
