//! Which token does the account hold, and for how long?

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::model::Secret;

/// How long before its end a token is no longer used: whoever is on the way with it must still arrive.
const EARLY: Duration = Duration::from_secs(60);

/// A token, as the site grants it.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) word: Secret,
    ends: Instant,
}

/// Seconds for which a token is believed at the most; one is granted for an hour.
const LONGEST: u64 = 24 * 3600;

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl Token {
    /// Reads what the site granted at this time; none when it is no token.
    pub(super) fn read(answer: &[u8], now: Instant) -> Option<Self> {
        let granted: Granted = serde_json::from_slice(answer).ok()?;
        let lasts = Duration::from_secs(granted.expires_in.min(LONGEST));
        // Half of a token that does not even last so long is better than none of it.
        let used = lasts.checked_sub(EARLY).filter(|used| *used >= lasts / 2).unwrap_or(lasts / 2);
        Some(Self { word: Secret::new(granted.access_token), ends: now + used })
    }

    /// Whether it may still be used.
    pub(super) fn lasts(&self, now: Instant) -> bool {
        now < self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_left_before_it_ends() {
        let now = Instant::now();
        let token = |seconds: u64| {
            let text =
                format!("{{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":{seconds}}}");
            Token::read(text.as_bytes(), now).unwrap()
        };
        let after = |seconds| now + Duration::from_secs(seconds);
        assert!(token(3600).lasts(after(3539)) && !token(3600).lasts(after(3540)));
        assert!(token(10).lasts(after(4)) && !token(10).lasts(after(5)));
        assert!(Token::read(b"{\"error\":\"invalid_client\"}", now).is_none());
    }
}
