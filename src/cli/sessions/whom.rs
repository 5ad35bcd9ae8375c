//! Whose sessions are meant? Those of one host or of one user, spelled exactly so.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::appliance::Session;

/// One host or one user.
#[derive(Debug, Clone, Args, Serialize, JsonSchema)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Sessions on the host of this name, in exactly this spelling
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Sessions of the user of this name, in exactly this spelling; on sites without Command API v2 also open ones that
    /// the user has left
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

impl Whom {
    /// Whether a session is meant: names are compared as they are, in capital and small letters.
    pub fn has(&self, session: &Session) -> bool {
        self.hostname.as_ref().is_some_and(|name| session.hostnames.contains(name))
            || self.username.as_ref().is_some_and(|name| session.usernames.contains(name))
    }

    /// How people are told whom nothing was found of, where somebody has the same name in another spelling.
    pub fn nearly(&self, sessions: &[Session]) -> Option<String> {
        let near = |wanted: &Option<String>, names: &dyn Fn(&Session) -> Vec<String>| {
            let wanted = wanted.as_ref()?.to_lowercase();
            sessions.iter().flat_map(names).find(|name| name.to_lowercase() == wanted)
        };
        near(&self.hostname, &|session| session.hostnames.iter().cloned().collect())
            .or_else(|| near(&self.username, &|session| session.usernames.iter().cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_they_are() {
        let session = Session {
            lsid: "1".into(),
            hostnames: ["Web1".to_owned()].into(),
            usernames: ["eve".to_owned()].into(),
            started: None,
        };
        let host = |name: &str| Whom { hostname: Some(name.to_owned()), username: None };
        let user = |name: &str| Whom { hostname: None, username: Some(name.to_owned()) };
        assert!(host("Web1").has(&session) && user("eve").has(&session));
        for whom in [host("web1"), host("Web1.example.org"), host("eve"), user("Eve"), user("Web1")] {
            assert!(!whom.has(&session), "{whom:?}");
        }
        assert_eq!(host("web1").nearly(std::slice::from_ref(&session)).as_deref(), Some("Web1"));
        assert_eq!(user("bob").nearly(&[session]), None);
    }
}
