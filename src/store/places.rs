//! How many starts may still fall into the minute that is now?
//!
//! A start leaves this machine at one moment and begins on its host at a later one, which only the host's word
//! tells. So it holds a place from the moment it leaves until more than a minute after that word. Of two starts that
//! begin within one minute the first still holds its place when the second gets one, so no minute sees more of them
//! than there are places, however late they come. Whoever listens for the word says so from time to time; once nobody
//! does, the start is given a while to begin.

use std::fmt::Write;
use std::time::Duration;

use crate::model::Rate;

/// What the vendor allows in a minute.
const PLACES: usize = Rate::VENDOR_LIMIT.starts() as usize;

/// How long a place is held after its host's word: a minute, and what lies between the word and the deed.
const HELD_AFTER: Duration = Duration::from_secs(60).saturating_add(Rate::GUARD);

/// How long after somebody has last listened for its word a start may begin; what was not heard of by then is taken to
/// have begun. Linux gives up within some 100 s to send what a process has left behind (`tcp_orphan_retries`).
const UNHEARD: Duration = Duration::from_secs(120);

/// How long a place is held by a start of which nothing is heard.
const HELD_UNHEARD: Duration = UNHEARD.saturating_add(HELD_AFTER);

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

    /// All of them held by starts that left at `last` or before, and of which nothing is known.
    pub(super) fn unknown(last: Duration) -> Self {
        Self([last + HELD_UNHEARD; PLACES])
    }

    /// What the lines of a file say at the moment `now`, whose last start left at `last`; of a place of which they say
    /// nothing possible nothing is known.
    pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, last: Duration, now: Duration) -> Self {
        let mut places = Self::unknown(last);
        for (until, line) in places.0.iter_mut().zip(lines) {
            // Nothing is held longer than that, and rubbish must not hold a place for ever.
            let is_possible = |until: &Duration| *until <= now + HELD_UNHEARD;
            let read = line.trim().parse().map(Duration::from_nanos).ok();
            *until = read.filter(is_possible).unwrap_or(*until);
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
        self.hold(index, now + HELD_UNHEARD)
    }

    /// The host has said nothing yet, and is still listened to; the place that the start holds from here on.
    pub(super) fn awaited(&mut self, place: Place, now: Duration) -> Place {
        self.held_by(place, now).map_or(place, |index| self.hold(index, now + HELD_UNHEARD))
    }

    /// The host said that the start has begun.
    pub(super) fn begun(&mut self, place: Place, now: Duration) {
        if let Some(index) = self.held_by(place, now) {
            self.hold(index, now + HELD_AFTER);
        }
    }

    /// The start did not leave and never will.
    pub(super) fn give_back(&mut self, place: Place) {
        if self.0[place.index] == place.until {
            self.0[place.index] = Duration::ZERO;
        }
    }

    fn hold(&mut self, index: usize, until: Duration) -> Place {
        self.0[index] = until;
        Place { index, until }
    }

    /// Which place a start may go on to hold: its own or, where another one has got that meanwhile, one that is free.
    fn held_by(&self, place: Place, now: Duration) -> Option<usize> {
        let is_free = |index: &usize| self.0[*index] <= now;
        if self.0[place.index] == place.until { Some(place.index) } else { (0..PLACES).find(is_free) }
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
        assert_eq!(places.wait(START), Some(HELD_UNHEARD));
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
    fn a_start_that_is_waited_for_goes_on_to_hold_its_place() {
        let (mut places, held) = full();
        let place = places.awaited(held[7], START + UNHEARD);
        assert_eq!((place.index, place.until), (7, START + UNHEARD + HELD_UNHEARD));
        places.begun(held[7], START + UNHEARD);
        places.give_back(held[7]);
        assert_eq!(places.0[7], place.until, "it is held as the last word says");
        places.begun(place, START + UNHEARD + SECOND);
        assert_eq!(places.0[7], START + UNHEARD + SECOND + HELD_AFTER);
    }

    #[test]
    fn a_word_that_comes_too_late_takes_nobodys_place_but_a_free_one() {
        let (mut places, held) = full();
        let later = START + HELD_UNHEARD;
        for _ in 0..PLACES {
            places.take(later);
        }
        let before = places.clone();
        places.begun(held[5], later);
        assert_eq!(places.awaited(held[5], later), held[5]);
        places.give_back(held[5]);
        assert_eq!(places, before);
        places.0[9] = later;
        places.begun(held[5], later);
        assert_eq!(places.0[9], later + HELD_AFTER);
    }

    #[test]
    fn the_file_says_what_was_held_and_of_what_it_does_not_say_nothing_is_known() {
        let (mut places, held) = full();
        places.begun(held[0], START);
        let text = places.lines();
        assert_eq!(text.len(), PLACES * LINE);
        assert_eq!(Places::read(text.lines(), START, START), places);
        let last = START - SECOND * 7;
        let rubbish = ["x", "", "-1", "99999999999999999999999", "9000000000000000"];
        assert_eq!(Places::read(rubbish.into_iter(), last, START), Places::unknown(last));
        assert_eq!(Places::read(text.lines().take(1), last, START).0[1], last + HELD_UNHEARD);
    }

    proptest! {
        /// Starts of any lateness; some are waited for to the end, of some the word is lost and they come when nobody
        /// has listened for a while. A start leaves as often as there is a place.
        #[test]
        fn no_closed_minute_sees_more_than_sixty_begin(
            starts in prop::collection::vec((0_u64..1500, 0_u64..400_000, 0_u64..3000, 0_u8..12), 100..400)
        ) {
            let (mut places, mut now) = (Places::free(), START);
            // When each is heard of, and when it is waited for once more.
            let mut words: Vec<(Duration, Duration, Place)> = Vec::new();
            let mut begun = Vec::new();
            for (pause, late, way, kind) in starts {
                now += Duration::from_millis(pause);
                // Words come while a place is waited for.
                loop {
                    words.retain_mut(|(at, look, place)| {
                        while *look <= now.min(*at) {
                            *place = places.awaited(*place, *look);
                            *look += SECOND * 30;
                        }
                        if *at <= now {
                            places.begun(*place, *at);
                        }
                        *at > now
                    });
                    let Some(wait) = places.wait(now) else { break };
                    now += wait.min(SECOND);
                }
                let place = places.take(now);
                // Most come on time, some late, and of some the word is lost.
                let late = Duration::from_millis(match kind {
                    0..8 => late / 400,
                    8..11 => late,
                    _ => late.min(120_000),
                });
                begun.push(now + late);
                if kind < 11 {
                    words.push((now + late + Duration::from_millis(way), now + SECOND * 30, place));
                }
            }
            begun.sort();
            for window in begun.windows(PLACES + 1) {
                prop_assert!(window[PLACES] - window[0] > SECOND * 60);
            }
        }
    }
}
