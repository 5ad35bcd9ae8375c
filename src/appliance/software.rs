//! Which version of its software does the appliance run? An upgrade ends all installers.

use std::io;

use super::xml::{Met, walk};
use super::{Account, ApiError, Call, Edition};
use crate::model::is_shown;

/// How a version begins that is only the one of the Configuration API.
const API: &str = "API ";

/// The longest text that is taken for a version, in characters.
const LONGEST: usize = 100;

impl Account {
    /// The version of the appliance's software with its build, as the site writes it; that of its API where the account
    /// may not ask for the other, or the answer tells none.
    pub fn software(&self) -> Result<String, ApiError> {
        match self.health() {
            Err(
                ApiError::Forbidden { .. }
                | ApiError::Missing { .. }
                | ApiError::Refused { .. }
                | ApiError::Told { .. }
                | ApiError::Unreadable { .. },
            ) => self.edition(),
            other => other,
        }
    }

    /// The same in the way in which another version was found: only like can be compared with like.
    pub fn software_like(&self, known: &str) -> Result<String, ApiError> {
        if known.starts_with(API) { self.edition() } else { self.health() }
    }

    fn edition(&self) -> Result<String, ApiError> {
        Ok(format!("{API}{}", Edition::detect(self)?.text()))
    }

    fn health(&self) -> Result<String, ApiError> {
        let call = Call::get("/api/command").with("action", "check_health").accepting("text/xml");
        let unreadable = |what: String| ApiError::Unreadable { call: call.shown(), what };
        let reply = self.send(&call)?;
        let health = Health::read(&reply.body).map_err(|error| unreadable(error.to_string()))?;
        match health.error {
            Some(what) => Err(ApiError::Told { call: call.shown(), what }),
            None => health.version.ok_or_else(|| unreadable("it names no version".to_owned())),
        }
    }
}

/// What the site says of its health.
#[derive(Debug, Default, PartialEq, Eq)]
struct Health {
    version: Option<String>,
    error: Option<String>,
}

impl Health {
    /// Reads the answer; its version is whatever people can read there, on one line.
    fn read(xml: &[u8]) -> io::Result<Self> {
        let mut health = Self::default();
        walk(xml, &mut |path, met| {
            let Met::End(text) = met else { return };
            if path.is_error() {
                health.error = Some(text.to_owned());
            } else if path.is(2, &["version"]) {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let fits = (1..=LONGEST).contains(&text.chars().count()) && text.chars().all(is_shown);
                health.version = fits.then_some(text);
            }
        })?;
        Ok(health)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_and_its_build_are_found_whatever_the_namespace_is_called() {
        let version = |xml: &str| Health::read(xml.as_bytes()).unwrap().version;
        let xml = "<?xml version=\"1.0\"?><a xmlns=\"x\"><version>25.2.1</version></a>";
        assert_eq!(version(xml).as_deref(), Some("25.2.1"));
        let xml = "<n:a><n:version id=\"1\">\n 26.1.1\n (12345) </n:version></n:a>";
        assert_eq!(version(xml).as_deref(), Some("26.1.1 (12345)"));
        for none in ["", "\u{1b}[2J", "1\u{202e}2", &"1".repeat(101)] {
            assert_eq!(version(&format!("<a><version>{none}</version></a>")), None, "{none:?}");
        }
        assert!(Health::read(b"<html><br></html>").is_err());
    }

    #[test]
    fn an_error_in_the_place_of_a_version_is_none() {
        for xml in ["<error>No.</error>", "<a><error>No.</error></a>"] {
            let health = Health::read(xml.as_bytes()).unwrap();
            assert_eq!((health.version, health.error.as_deref()), (None, Some("No.")));
        }
    }
}
