//! Which version of its software does the appliance run? An upgrade ends all installers.

use super::{Account, ApiError, Call, Edition};

/// How a version begins that is only the one of the Configuration API.
const API: &str = "API ";

impl Account {
    /// The version of the appliance's software; that of its API where the account may not ask for the other.
    pub fn software(&self) -> Result<String, ApiError> {
        match self.health() {
            Err(ApiError::Forbidden { .. } | ApiError::Missing { .. } | ApiError::Refused { .. }) => {
                self.edition()
            }
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
        let call = Call::get("/api/command").with("action", "check_health");
        let reply = self.send(&call)?;
        let text = String::from_utf8_lossy(&reply.body);
        version(&text).map(str::to_owned).ok_or_else(|| ApiError::Unreadable {
            call: call.shown(),
            what: "it names no version".to_owned(),
        })
    }
}

/// What stands between the tags `version`, whatever prefix they have.
fn version(xml: &str) -> Option<&str> {
    let (_, rest) = xml.split_once("version>")?;
    let text = rest.split('<').next()?.trim();
    let fits = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    (!text.is_empty() && text.chars().all(fits)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_whatever_its_namespace_is_called() {
        let xml = "<?xml version=\"1.0\"?><a xmlns=\"x\"><version>25.2.1</version></a>";
        assert_eq!(version(xml), Some("25.2.1"));
        assert_eq!(version("<n:a><n:version> 26.1 </n:version></n:a>"), Some("26.1"));
        assert_eq!(version("<a><version></version></a>"), None);
        assert_eq!(version("<?xml version=\"1.0\"?><error/>"), None);
    }
}
