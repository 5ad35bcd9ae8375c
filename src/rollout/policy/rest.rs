//! What is worth another try, and when?

use std::time::Duration;

use crate::model::{Class, Phase, RETRYABLE, Retries, Rules};

/// How often a host was tried again.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries {
    /// How often it was visited by this process.
    pub(super) visits: u32,
    by_class: Vec<(Class, u32)>,
    /// How often it was found to be away.
    pub(super) away: u32,
    /// When it was first found to be away.
    pub(super) away_since: Option<Duration>,
}

impl Tries {
    pub(super) fn count(&mut self, class: Class) {
        match self.by_class.iter_mut().find(|(known, _)| *known == class) {
            Some((_, times)) => *times += 1,
            None => self.by_class.push((class, 1)),
        }
    }

    fn times(&self, class: Class) -> u32 {
        self.by_class.iter().find(|(known, _)| *known == class).map_or(0, |(_, times)| *times)
    }
}

/// What becomes of a host after a mishap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Another visit after this long.
    Again(Duration),
    /// It is away: it is tried again from time to time, first after this long.
    Away(Duration),
    /// It ends like this.
    End,
}

/// The pause between two tries of a host that is away, at first and at most.
const AWAY_FIRST: Duration = Duration::from_secs(60);
const AWAY_LONGEST: Duration = Duration::from_secs(600);

/// Whether a mishap of this class may be gone at the next try; a refused login is not, and accounts lock.
pub fn may_pass(class: Class) -> bool {
    matches!(
        class,
        Class::NoBanner
            | Class::ConnectionRefused
            | Class::ConnectTimeout
            | Class::ConnectionLost
            | Class::NoRoute
    )
}

/// Decides for a host that was tried so often; `clock` is the time since the process began.
pub(super) fn decide(
    rules: &Rules,
    tries: &Tries,
    host: &str,
    phase: Phase,
    class: Class,
    clock: Duration,
) -> Rest {
    if !is_repeatable(phase, class) {
        return Rest::End;
    }
    let times = tries.times(class);
    let limit = rules.retries.limits.get(&class).copied().unwrap_or(0);
    if tries.away == 0 && times < limit {
        return Rest::Again(pause(&rules.retries, class, times, rules.seed, host));
    }
    let since = tries.away_since.unwrap_or(clock);
    match rules.wait_for_offline.map(|wait| since + Duration::from_secs(wait)) {
        Some(deadline) if phase == Phase::Connect && may_pass(class) && clock < deadline => {
            let pause = doubled(AWAY_FIRST, tries.away, AWAY_LONGEST);
            // The last try is made when the time is over.
            Rest::Away(spread(pause, rules.seed, host, tries.away).min(deadline - clock))
        }
        _ => Rest::End,
    }
}

/// Mishaps before the installer's start may be repeated, and an install that was turned away as a whole;
/// after any other the host is looked at instead.
fn is_repeatable(phase: Phase, class: Class) -> bool {
    let early = matches!(phase, Phase::Connect | Phase::Probe | Phase::Stage | Phase::Permit);
    let turned_away = matches!(class, Class::InstallerBusy | Class::ServerBusy | Class::OrphanKey);
    RETRYABLE.iter().any(|(known, ..)| *known == class) && (early || turned_away)
}

fn pause(retries: &Retries, class: Class, times: u32, seed: u64, host: &str) -> Duration {
    let weight = RETRYABLE.iter().find(|(known, ..)| *known == class).map_or(1, |(.., weight)| *weight);
    let first = Duration::from_millis(retries.first) * weight;
    let longest = Duration::from_millis(retries.longest).max(first);
    spread(doubled(first, times, longest), seed, host, times)
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(longest)
}

/// Half as long again at most: hosts that were refused together must not come back together.
fn spread(pause: Duration, seed: u64, host: &str, times: u32) -> Duration {
    pause + pause.mul_f64(0.5 * share(seed, host, times))
}

/// A number from 0 up to 1 that belongs to the seed, the host and the try, so that a repeated run rests alike
/// (64-bit FNV-1a, with a last mix because the low bits of short names hardly move).
pub(in crate::rollout) fn share(seed: u64, host: &str, times: u32) -> f64 {
    let bytes = seed.to_le_bytes().into_iter().chain(times.to_le_bytes()).chain(host.bytes());
    let sum = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (sum ^ (sum >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
