//! How often does what go wrong in a rehearsal?

use std::fmt;
use std::str::FromStr;

/// How often what goes wrong, each a share from 0 to 1; written `failed=2%,unreachable=5%`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Profile {
    /// Hosts that have a client already.
    pub present: f64,
    /// Hosts that cannot be reached at all.
    pub unreachable: f64,
    /// Visits that lose their connection.
    pub flaky: f64,
    /// Installs that are turned away because another one holds the package manager.
    pub busy: f64,
    /// Installers that hang.
    pub timeout: f64,
    /// Hosts whose installer fails.
    pub failed: f64,
    /// Clients that are gone when they are looked at again.
    pub gone: f64,
}

impl Profile {
    /// The words of a profile, in the order documents list them.
    pub const WORDS: [&'static str; 7] =
        ["present", "unreachable", "flaky", "busy", "timeout", "failed", "gone"];

    fn shares(&self) -> [f64; 7] {
        [self.present, self.unreachable, self.flaky, self.busy, self.timeout, self.failed, self.gone]
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares = Self::WORDS.into_iter().zip(self.shares()).filter(|(_, share)| *share > 0.0);
        let words: Vec<_> = shares.map(|(word, share)| format!("{word}={}%", share * 100.0)).collect();
        out.pad(&if words.is_empty() { "none".to_owned() } else { words.join(",") })
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut profile = Self::default();
        if text.trim() == "none" {
            return Ok(profile);
        }
        for part in text.split(',') {
            let wrong = || {
                let words = Self::WORDS.join(", ");
                format!("`{part}` is no share of mishaps: write such as `failed=2%`, with one of {words}")
            };
            let (word, share) = part.trim().split_once('=').ok_or_else(wrong)?;
            let share: f64 =
                share.trim_end().strip_suffix('%').and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
            if !(0.0..=100.0).contains(&share) {
                return Err(wrong());
            }
            let place = match word.trim() {
                "present" => &mut profile.present,
                "unreachable" => &mut profile.unreachable,
                "flaky" => &mut profile.flaky,
                "busy" => &mut profile.busy,
                "timeout" => &mut profile.timeout,
                "failed" => &mut profile.failed,
                "gone" => &mut profile.gone,
                _ => return Err(wrong()),
            };
            *place = share / 100.0;
        }
        Ok(profile)
    }
}
