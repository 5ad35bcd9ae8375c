//! Which token does the account hold, and for how long?

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::model::Secret;

/// How long before its end a token is no longer used: whoever is on the way with it must still arrive.
const EARLY: Duration = Duration::from_secs(60);

/// How long a site that granted no token is not asked for one again; it counts refusals, and locks accounts for them.
const REFUSED: Duration = Duration::from_secs(5 * 60);

/// What the account holds: a token, or the site's word that it gets none.
#[derive(Default)]
pub(super) struct Held {
    token: Option<Token>,
    refused: Option<(String, Instant)>,
}

impl Held {
    /// The token, if it may still be used.
    pub(super) fn token(&self, now: Instant) -> Option<&Token> {
        self.token.as_ref().filter(|token| token.lasts(now))
    }

    /// Why there is none, if the site has said so a short while ago.
    pub(super) fn refusal(&self, now: Instant) -> Option<&str> {
        self.refused.as_ref().filter(|(_, until)| now < *until).map(|(what, _)| what.as_str())
    }

    /// Holds this token from now on.
    pub(super) fn hold(&mut self, token: Token) {
        *self = Self { token: Some(token), refused: None };
    }

    /// Takes down why the site grants none.
    pub(super) fn refuse(&mut self, what: String, now: Instant) {
        *self = Self { token: None, refused: Some((what, now + REFUSED)) };
    }

    /// Lets go of this token, unless there is another one by now.
    pub(super) fn forget(&mut self, token: &Token) {
        self.token.take_if(|held| held.word == token.word);
    }
}

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
    fn a_refusal_is_believed_for_a_while() {
        let now = Instant::now();
        let mut held = Held::default();
        held.refuse("invalid client".to_owned(), now);
        assert_eq!(held.refusal(now + REFUSED / 2), Some("invalid client"));
        assert_eq!(held.refusal(now + REFUSED), None);
        held.hold(Token::read(br#"{"access_token":"x","expires_in":3600}"#, now).unwrap());
        assert!(held.token(now).is_some() && held.refusal(now).is_none());
        let other = Token::read(br#"{"access_token":"y","expires_in":3600}"#, now).unwrap();
        held.forget(&other);
        assert!(held.token(now).is_some());
        let own = held.token(now).unwrap().clone();
        held.forget(&own);
        assert!(held.token(now).is_none());
    }

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
