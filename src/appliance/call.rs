//! What is asked of the appliance, and what does it answer?

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ApiError;
use super::pages::Place;
use super::piece::Begun;

/// How a request changes the appliance, which decides what may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something: twice sent it would be there twice.
    Post,
    /// Changes something to given values.
    Patch,
    /// Takes something away.
    Delete,
}

impl Method {
    /// Whether it may be sent twice: what is taken away is not there the second time, and whoever asks knows that.
    pub(super) fn may_be_repeated(self) -> bool {
        matches!(self, Self::Get | Self::Delete)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) body: Option<Value>,
    pub(super) begun: Option<Begun>,
    pub(super) known_as: Option<String>,
    pub(super) accept: &'static str,
}

impl Call {
    /// Reads what is at this path of the site.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            target: path.into(),
            body: None,
            begun: None,
            known_as: None,
            accept: "application/json",
        }
    }

    /// Takes away what is at this path.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::Delete, ..Self::get(path) }
    }

    /// Makes something of this body.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Post, body: Some(body), ..Self::get(path) }
    }

    /// Gives what is at this path these values.
    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Patch, body: Some(body), ..Self::get(path) }
    }

    /// The same with one more parameter in its query.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let sign = if self.target.contains('?') { '&' } else { '?' };
        let _ = write!(self.target, "{sign}{name}={}", percent(value));
        self
    }

    /// The same for what lies below its path under this name.
    #[must_use]
    pub fn below(mut self, name: &str) -> Self {
        let _ = write!(self.target, "/{}", percent(name));
        self
    }

    /// The same for an answer of this type instead of JSON.
    #[must_use]
    pub(super) fn accepting(mut self, kind: &'static str) -> Self {
        self.accept = kind;
        self
    }

    /// The same for the rest of what was begun.
    #[must_use]
    pub(super) fn rest_of(mut self, begun: Option<&Begun>) -> Self {
        self.begun = begun.cloned();
        self
    }

    /// The same, whose path holds a secret and is shown so.
    #[must_use]
    pub(super) fn known_as(mut self, path: String) -> Self {
        self.known_as = Some(path);
        self
    }

    /// Whether its answer comes in one piece.
    pub(super) fn is_whole(&self) -> bool {
        self.known_as.is_none()
    }

    /// What is asked, as it is shown: without the values of its query.
    pub(super) fn shown(&self) -> String {
        let path = || self.target.split('?').next().unwrap_or_default();
        let path = self.known_as.as_deref().unwrap_or_else(path);
        format!("{} {path}", self.method.word())
    }
}

/// A text as it stands in a query or a form (RFC 3986, 2.1).
pub(super) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// What the appliance answered to a request that it took.
#[derive(Debug)]
pub struct Reply {
    pub(super) shown: String,
    pub(super) place: Place,
    pub(super) disposition: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; fields that nobody knows are ignored.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| ApiError::Unreadable { call: self.shown.clone(), what: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_query_are_encoded() {
        let call = Call::get("/x").with("name", "a b&c=ä/%").with("tag", "~-._");
        assert_eq!(call.target, "/x?name=a%20b%26c%3D%C3%A4%2F%25&tag=~-._");
        assert_eq!(call.shown(), "GET /x");
    }
}
