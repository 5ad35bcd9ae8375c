//! Why did the appliance not do what was asked, and what is to be done about it?

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::web::WebError;

/// Why a request came to nothing; holds no token and no secret.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There was no answer.
    #[error("{call}: {error}")]
    Unreachable {
        /// What was asked.
        call: String,
        /// Why there is none.
        error: WebError,
    },
    /// No token is granted.
    #[error("the site grants no token: {what}")]
    NoToken {
        /// What it says.
        what: String,
    },
    /// 401, also with a new token.
    #[error("{call}: refused (401)")]
    Refused {
        /// What was asked.
        call: String,
    },
    /// 403: the account lacks a permission.
    #[error("{call}: the API account is not permitted to (403)")]
    Forbidden {
        /// What was asked.
        call: String,
    },
    /// 404.
    #[error("{call}: not there (404)")]
    Missing {
        /// What was asked.
        call: String,
    },
    /// 422: values that the appliance does not take, field by field.
    #[error("{call}: the appliance does not take what it was given (422): {fields}")]
    Invalid {
        /// What was asked.
        call: String,
        /// Each field and what is said of it.
        fields: String,
    },
    /// Too many requests, or too busy, for as long as anybody waits.
    #[error("{call}: the appliance is too busy ({status}), also after {waited} s{}", asked(*.rest))]
    Busy {
        /// What was asked.
        call: String,
        /// What it answered.
        status: u16,
        /// How long was waited, in seconds.
        waited: u64,
        /// How long it asks to be left alone, in seconds, if it does.
        rest: Option<u64>,
    },
    /// The requests that the appliance grants are used up for longer than anybody waits.
    #[error("{call}: not sent, for the appliance grants the account no more requests for {}", waiting(*.rest))]
    Spent {
        /// What was to be asked.
        call: String,
        /// For how long, in seconds.
        rest: u64,
    },
    /// An answer of success that tells of a failure.
    #[error("{call}: the appliance says: {what}")]
    Told {
        /// What was asked.
        call: String,
        /// What it says.
        what: String,
    },
    /// Any other status.
    #[error("{call}: the appliance answered {status}{what}")]
    Failed {
        /// What was asked.
        call: String,
        /// What it answered.
        status: u16,
        /// What it says, behind a colon.
        what: String,
    },
    /// A list of which not everything came.
    #[error("{call}: the list is not whole: {what}")]
    Incomplete {
        /// What was asked.
        call: String,
        /// How that is known.
        what: String,
    },
    /// An answer that cannot be understood.
    #[error("{call}: the answer cannot be understood: {what}")]
    Unreadable {
        /// What was asked.
        call: String,
        /// Why.
        what: String,
    },
}

impl ApiError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoToken { .. } => Some(
                "look at the client id and secret (/login > Management > API Configuration); a secret that was made \
                 anew ends all older ones",
            ),
            // Of the Command API v2 an unknown parameter is told by 400.
            Self::Refused { call } if call.contains(" /api/command/v2/") => Some(
                "the API account may not ask the Command API, or it was disabled, or its allowed networks do not hold \
                 this machine (/login > Management > API Configuration); `jumpfleet appliance check` tells more",
            ),
            Self::Refused { .. } => Some(
                "either this version of the appliance does not know a parameter that was sent, or the account was \
                 disabled or its allowed networks do not hold this machine; `jumpfleet appliance check` tells more",
            ),
            Self::Forbidden { .. } | Self::Told { .. } => {
                Some("`jumpfleet appliance check` lists what the account lacks and which commands need it")
            }
            Self::Incomplete { .. } => Some(
                "nothing was done by it. Try again; if it stays so, see whether a proxy on the way takes the headers `Link` \
                 and `X-BT-Pagination-…` out of the site's answers",
            ),
            Self::Busy { .. } | Self::Spent { .. } => {
                Some("other users of the account count against its 15,000 requests an hour too")
            }
            _ => None,
        }
    }

    /// Whether every other request would end so too.
    pub fn concerns_all(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoToken { .. }
                | Self::Refused { .. }
                | Self::Forbidden { .. }
                | Self::Busy { .. }
                | Self::Spent { .. }
        )
    }

    /// Whether what an API was asked to do may have been done nevertheless, as its answer did not come or makes no sense.
    pub fn is_doubtful(&self) -> bool {
        match self {
            Self::Unreachable { call, .. } | Self::Unreadable { call, .. } => call.contains(" /api/"),
            Self::Failed { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether what was asked for is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// What was asked for, or none where it is not there.
    pub fn if_there<T>(answer: Result<T, Self>) -> Result<Option<T>, Self> {
        match answer {
            Err(error) if error.is_missing() => Ok(None),
            other => other.map(Some),
        }
    }
}

/// What the appliance says; whatever stands in another form than the vendor documents is told as far as it goes.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    message: Value,
    error: Value,
    errors: Value,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// What is wrong, field by field where it says so.
    fn faults(&self) -> String {
        let all = [text(&self.errors), text(&self.message)];
        let first = all.into_iter().find(|said| !said.is_empty());
        first.unwrap_or_else(|| "it does not say why".to_owned())
    }
}

/// A value as text: the parts of a list behind each other, and each field by its name.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            let field = |(name, faults): (&String, &Value)| format!("`{name}`: {}", text(faults));
            fields.into_iter().map(field).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// The error that a status means, with what the appliance says of it.
pub(super) fn of_status(call: String, status: u16, body: &[u8]) -> ApiError {
    let said = Said::read(body);
    match status {
        401 => ApiError::Refused { call },
        403 => ApiError::Forbidden { call },
        404 => ApiError::Missing { call },
        422 => ApiError::Invalid { call, fields: said.faults() },
        _ => ApiError::Failed { call, status, what: behind_colon(&text(&said.message)) },
    }
}

/// Why no token was granted.
pub(super) fn no_token(status: u16, body: &[u8]) -> ApiError {
    let said = Said::read(body);
    let what = match (text(&said.error).as_str(), text(&said.message).as_str()) {
        ("", "") => format!("it answered {status}"),
        ("", message) => message.to_owned(),
        (error, _) => error.replace('_', " "),
    };
    ApiError::NoToken { what }
}

/// A time to be waited, for people.
pub(super) fn waiting(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

fn asked(rest: Option<u64>) -> String {
    rest.map_or_else(String::new, |rest| format!(", and asks to be left alone for {}", waiting(rest)))
}

fn behind_colon(what: &str) -> String {
    if what.is_empty() { String::new() } else { format!(": {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_whatever_form_it_comes() {
        for (body, said) in [
            (r#"{"message":"The data was invalid.","errors":[]}"#, "The data was invalid."),
            (r#"{"message":"Bad.","errors":{}}"#, "Bad."),
            (r#"{"message":"Bad.","errors":["No.","Nor this."]}"#, "No. Nor this."),
            (r#"{"message":"Bad.","errors":{"tag":"Too long."}}"#, "`tag`: Too long."),
            (r#"{"message":"Bad.","errors":{"tag":["Too long.",7]}}"#, "`tag`: Too long. 7"),
            (r#"{"message":{"tag":["Odd."]}}"#, "`tag`: Odd."),
            (r#"{"message":null,"errors":null}"#, "it does not say why"),
            ("<html>", "it does not say why"),
            ("", "it does not say why"),
        ] {
            let error = of_status("POST /x".into(), 422, body.as_bytes());
            assert!(matches!(&error, ApiError::Invalid { fields, .. } if fields == said), "{body}: {error}");
        }
        let error = no_token(400, br#"{"error":"invalid_client","message":{"a":1}}"#);
        assert_eq!(error.to_string(), "the site grants no token: invalid client");
    }

    #[test]
    fn only_an_appliance_that_asks_to_be_left_alone_is_said_to() {
        let told = |rest| ApiError::Busy { call: "GET /x".into(), status: 503, waited: 63, rest }.to_string();
        assert_eq!(told(None), "GET /x: the appliance is too busy (503), also after 63 s");
        assert!(told(Some(300)).ends_with("after 63 s, and asks to be left alone for 5 min"));
    }

    #[test]
    fn what_is_wrong_is_said_field_by_field() {
        let body = br#"{"message":"The given data was invalid.","errors":{"tag":["Too long.","Odd."],"name":["No."]}}"#;
        let error = of_status("POST /x".into(), 422, body);
        assert_eq!(
            error.to_string(),
            "POST /x: the appliance does not take what it was given (422): `name`: No.; `tag`: Too long. Odd."
        );
        assert_eq!(
            of_status("GET /x".into(), 500, b"<html>").to_string(),
            "GET /x: the appliance answered 500"
        );
        let hint = |call: &str| of_status(call.into(), 401, b"").hint().unwrap_or_default();
        assert!(hint("GET /x").contains("parameter"));
        let newer = hint("GET /api/command/v2/info");
        assert!(newer.contains("Command API") && !newer.contains("parameter"), "{newer}");
        assert_eq!(
            (waiting(119), waiting(2700), waiting(2701)),
            ("119 s".into(), "45 min".into(), "46 min".into())
        );
    }
}
