//! When may each host start its installer, where the tool that pushes it does not pace?
//!
//! Chance alone would not do: were each host's second drawn by a hash of its name, 10,000 hosts in three hours would
//! be 56 a minute on average, and some minute would see 80. All names are known, so each host gets a slot of its own: the
//! hosts in the order of their hashes, evenly over the window. The window begins anew when it ends, counted from
//! midnight UTC, so a host that comes at any time waits for its slot and never longer than the window.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::model::Rate;

/// Seconds a start may come after its slot: for clocks that differ and computers that are slow.
pub const LATE: u32 = 4;

/// Seconds after its slot in which a host may still begin; a later one waits for its slot of the next round. What is
/// left of `LATE` is for beginning.
pub const IN_TIME: u32 = 3;

/// Minutes that an installation may take beyond its wait for a slot.
pub const SPARE: u32 = 30;

/// Seconds of a day.
const DAY: u32 = 24 * 3600;

/// A start slot for every host: a second of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// The window in seconds, which divides a day.
    pub window: u32,
    /// The slots by the computers' names.
    pub of: BTreeMap<String, u32>,
}

/// Why there can be no slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSlots {
    /// The window does not divide a day into equal parts; the next longer one in minutes does.
    Uneven(u32),
    /// The window is too short for so many hosts; the shortest that is not, in minutes.
    Short(u32),
    /// No window of at most a day is long enough; so many hosts fit into one.
    Many(usize),
}

impl Slots {
    /// Shares a window out among computers, so that no closed window of the rate's own time holds more starts than the
    /// rate allows.
    ///
    /// # Errors
    /// What is wrong with the window.
    pub fn share<'n>(
        names: impl ExactSizeIterator<Item = &'n str>,
        window: u32,
        rate: Rate,
    ) -> Result<Self, NoSlots> {
        let count = names.len();
        let even = |minutes: &u32| DAY.is_multiple_of(minutes * 60);
        let fits = |minutes: &u32| room(minutes * 60, rate) >= count;
        let minutes = || (1..=DAY / 60).filter(even);
        if minutes().all(|minutes| minutes * 60 != window) {
            let longer = minutes().find(|minutes| minutes * 60 >= window).unwrap_or(DAY / 60);
            return Err(NoSlots::Uneven(longer));
        }
        if room(window, rate) < count {
            return Err(minutes().find(fits).map_or(NoSlots::Many(room(DAY, rate)), NoSlots::Short));
        }
        let mut ranked: Vec<([u8; 32], &str)> = names.map(|name| (digest(name), name)).collect();
        ranked.sort_unstable();
        let slot = |rank: usize| (rank as u64 * u64::from(window) / count as u64) as u32;
        let of = ranked.iter().enumerate().map(|(rank, (_, name))| ((*name).to_owned(), slot(rank)));
        Ok(Self { window, of: of.collect() })
    }
}

/// The longest window, in minutes, that leaves an installation its time where a tool ends it after so many.
pub fn longest(run: u32) -> u32 {
    let even = |minutes: &u32| DAY.is_multiple_of(minutes * 60);
    (1..=run.saturating_sub(SPARE)).rev().find(even).unwrap_or(1)
}

/// The slot of a computer that nobody knew of: by the first seven hexadecimal digits of its name's SHA-256.
pub fn fallback(name: &str, window: u32) -> u32 {
    let digest = digest(name);
    (u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 4) % window
}

/// How many starts fit evenly into a window, each up to [`LATE`] seconds late.
fn room(window: u32, rate: Rate) -> usize {
    let period = rate.period().as_secs();
    (u64::from(window) * u64::from(rate.starts()) / (period + u64::from(LATE))) as usize
}

fn digest(name: &str) -> [u8; 32] {
    Sha256::digest(name.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: u32 = 3600;

    fn names(prefix: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{prefix}{number:05}")).collect()
    }

    fn share(names: &[String], window: u32, rate: Rate) -> Result<Slots, NoSlots> {
        Slots::share(names.iter().map(String::as_str), window, rate)
    }

    /// A number below `most` out of a seed, the same ones every time.
    fn drawn(seed: &mut u64, most: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % most
    }

    /// The most starts in any closed minute, in milliseconds.
    fn busiest(mut starts: Vec<u64>) -> usize {
        starts.sort_unstable();
        let end = |first: &u64| starts.partition_point(|start| *start <= first + 60_000);
        starts.iter().enumerate().map(|(at, first)| end(first) - at).max().unwrap_or(0)
    }

    /// When hosts start that come whenever they come: at their next slot, a little late.
    fn starts(slots: &Slots, coming: impl Fn(&mut u64) -> u64, seed: &mut u64) -> Vec<u64> {
        let window = u64::from(slots.window) * 1000;
        let start = |slot: &u32, seed: &mut u64| {
            let (slot, came) = (u64::from(*slot) * 1000, coming(seed));
            let rounds = came.saturating_sub(slot).div_ceil(window);
            rounds * window + slot + drawn(seed, u64::from(LATE) * 1000)
        };
        slots.of.values().map(|slot| start(slot, seed)).collect()
    }

    #[test]
    fn the_longest_window_leaves_an_installation_its_time() {
        assert_eq!(longest(24 * 60 + SPARE), 24 * 60);
        assert_eq!([1440, 720, 533, 60, 0].map(longest), [720, 480, 480, 30, 1]);
    }

    #[test]
    fn no_minute_holds_more_than_the_rate_whenever_hosts_come() {
        for (count, hours, rate) in [
            (10_000, 3, Rate::VENDOR_LIMIT),
            (10_125, 3, Rate::VENDOR_LIMIT),
            (1, 1, Rate::VENDOR_LIMIT),
            (3_000, 1, Rate::VENDOR_LIMIT),
            (400, 2, Rate::per_minute(4)),
            (81_000, 24, Rate::VENDOR_LIMIT),
        ] {
            let slots = share(&names("PC", count), hours * HOURS, rate).unwrap();
            assert_eq!(slots.of.len(), count);
            let most = rate.starts() as usize;
            let mut seed = 7;
            for coming in [0, 1, 60_000, 5 * 3_600_000, 72 * 3_600_000_u64] {
                let starts = starts(&slots, |seed| drawn(seed, coming + 1), &mut seed);
                let busiest = busiest(starts);
                assert!(busiest <= most, "{count} hosts over {hours} h: {busiest} in a minute");
            }
        }
    }

    #[test]
    fn a_hash_alone_would_not_do() {
        let window = 3 * HOURS;
        let by_chance: Vec<u64> =
            names("PC", 10_000).iter().map(|name| u64::from(fallback(name, window)) * 1000).collect();
        assert!(busiest(by_chance) > 60);
    }

    /// Neighbours by name do not start together: the slots of any run of names are spread like dice.
    #[test]
    fn hosts_of_one_site_are_spread_over_the_whole_window() {
        let (berlin, madrid) = (names("BERLIN", 2_000), names("MADRID", 8_000));
        let slots = share(&[berlin.clone(), madrid].concat(), 3 * HOURS, Rate::VENDOR_LIMIT).unwrap();
        let mut tenths = [0_u32; 10];
        for name in &berlin {
            tenths[(slots.of[name] * 10 / slots.window) as usize] += 1;
        }
        // Pearson's test with nine degrees of freedom: 27.9 is passed by chance once in a thousand times.
        let squares = tenths.iter().map(|count| (f64::from(*count) - 200.0).powi(2) / 200.0);
        assert!(squares.sum::<f64>() < 27.9, "{tenths:?}");
    }

    #[test]
    fn hosts_that_nobody_knew_of_are_spread_too() {
        let mut tenths = [0_u32; 10];
        for name in names("LAPTOP", 2_000) {
            tenths[(fallback(&name, 3 * HOURS) / (3 * HOURS / 10)) as usize] += 1;
        }
        let squares = tenths.iter().map(|count| (f64::from(*count) - 200.0).powi(2) / 200.0);
        assert!(squares.sum::<f64>() < 27.9, "{tenths:?}");
    }

    #[test]
    fn windows_that_cannot_be_are_refused_with_one_that_can() {
        let hosts = names("PC", 10_000);
        let wrong = |count: usize, window: u32| {
            share(&hosts[..count.min(hosts.len())], window, Rate::VENDOR_LIMIT).unwrap_err()
        };
        assert_eq!(wrong(10_000, 2 * HOURS), NoSlots::Short(180));
        assert_eq!(wrong(10_000, 60), NoSlots::Short(180));
        assert_eq!(wrong(10, 5 * HOURS), NoSlots::Uneven(360));
        assert_eq!(wrong(10, 90), NoSlots::Uneven(2));
        assert_eq!(wrong(10, 0), NoSlots::Uneven(1));
        assert_eq!(wrong(10, 48 * HOURS), NoSlots::Uneven(24 * 60));
        let many = names("PC", 81_001);
        assert_eq!(share(&many, 24 * HOURS, Rate::VENDOR_LIMIT).unwrap_err(), NoSlots::Many(81_000));
    }

    #[test]
    fn the_same_names_get_the_same_slots_in_any_order() {
        let forward = names("PC", 500);
        let backward: Vec<String> = forward.iter().rev().cloned().collect();
        let both = [forward, backward].map(|names| share(&names, HOURS, Rate::VENDOR_LIMIT).unwrap());
        assert_eq!(both[0], both[1]);
    }
}
