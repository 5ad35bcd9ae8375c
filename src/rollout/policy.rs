//! What is worth another try, and when? Pure.

use std::time::Duration;

use crate::model::{Class, Phase};

/// How many visits a host gets at most for mishaps that may pass.
const VISITS: u32 = 3;

/// The rest before the second visit; it doubles with each further one.
const FIRST_REST: Duration = Duration::from_secs(2);

/// The time to rest before the next visit, or none when another visit is not worth it.
///
/// Only mishaps before the installer was told to start are tried again here: afterwards the host is
/// looked at first. A refused login is never repeated, for accounts lock.
pub fn rest(phase: Phase, class: Class, attempt: u32, host: &str) -> Option<Duration> {
    let early = matches!(phase, Phase::Connect | Phase::Probe | Phase::Stage | Phase::Permit);
    if !may_pass(class) || !early || attempt >= VISITS {
        return None;
    }
    let rest = FIRST_REST * 2_u32.pow(attempt - 1);
    // Hosts that were refused together must not come back together.
    Some(rest + rest.mul_f64(spread(host)))
}

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

/// A number from 0 up to 1 that belongs to the name, so that a repeated run rests alike.
fn spread(name: &str) -> f64 {
    let sum =
        name.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    f64::from(sum >> 8) / f64::from(1_u32 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_mishaps_get_three_visits_with_growing_rests() {
        let rest = |attempt| rest(Phase::Connect, Class::NoBanner, attempt, "h1");
        let (first, second) = (rest(1).unwrap(), rest(2).unwrap());
        assert!(first >= FIRST_REST && first < FIRST_REST * 2);
        assert_eq!(second, first * 2);
        assert_eq!(rest(3), None);
    }

    #[test]
    fn what_locks_accounts_or_was_started_is_never_repeated() {
        for class in [Class::Authentication, Class::HostKeyChanged, Class::Sudo, Class::OverrideRefused] {
            assert_eq!(rest(Phase::Connect, class, 1, "h1"), None, "{class}");
        }
        for phase in [Phase::Install, Phase::Start, Phase::Verify] {
            assert_eq!(rest(phase, Class::ConnectionLost, 1, "h1"), None, "{phase}");
        }
    }

    #[test]
    fn rests_of_different_hosts_differ() {
        let rests: std::collections::BTreeSet<_> =
            (0..100).filter_map(|n| rest(Phase::Connect, Class::NoBanner, 1, &format!("h{n:03}"))).collect();
        assert!(rests.len() > 95, "{}", rests.len());
    }
}
