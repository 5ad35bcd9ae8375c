//! Which sessions are open on the site, and how are they ended?
//!
//! Newer sites tell it in JSON (Command API v2). On the others the session report lists what began within some time
//! and has no end yet, and the older Command API ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, ErrorKind};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::REPORT;
use super::xml::{Met, Path, walk};
use super::{Account, ApiError, Call, Info};

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Session {
    /// What it is known by.
    pub lsid: String,
    /// The computers it is on, as they call themselves.
    pub hostnames: BTreeSet<String>,
    /// The names of the users in it.
    pub usernames: BTreeSet<String>,
    /// When it began, where the site tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
}

/// How a site is asked for its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionWay {
    /// By the Command API v2.
    CommandV2,
    /// By the session report and the Command API v1.
    SessionReport,
}

impl SessionWay {
    /// The best way that the site has.
    pub fn of(account: &Account) -> Result<Self, ApiError> {
        Ok(if Info::find(account)?.is_some() { Self::CommandV2 } else { Self::SessionReport })
    }
}

/// What came of ending a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was open, and is ended.
    Now,
    /// There was none any more.
    Before,
}

#[derive(Deserialize)]
struct AssetClient {
    hostname: Option<String>,
    lsid: String,
}

#[derive(Deserialize)]
struct AccessConsole {
    username: Option<String>,
    session_lsids: Option<Vec<String>>,
}

impl Account {
    /// Every session that is open, each once, by its LSID.
    ///
    /// The session report knows only of those that began since `since`, and of whom it may not tell.
    pub fn sessions(&self, way: SessionWay, since: Timestamp) -> Result<Vec<Session>, ApiError> {
        match way {
            SessionWay::CommandV2 => self.connected(),
            SessionWay::SessionReport => self.reported(since),
        }
    }

    /// Ends a session.
    ///
    /// The older Command API refuses in free text, which is told as it is: whether the session was over before, or
    /// may not be ended, is for the next look at the open ones.
    pub fn end_session(&self, way: SessionWay, lsid: &str) -> Result<Ended, ApiError> {
        match way {
            SessionWay::CommandV2 => {
                let call = Call::delete("/api/command/v2/session").below(lsid);
                Ok(ApiError::if_there(self.send(&call))?.map_or(Ended::Before, |_| Ended::Now))
            }
            SessionWay::SessionReport => {
                let call = Call::get("/api/command").with("action", "terminate_session").with("lsid", lsid);
                let call = call.accepting("text/xml");
                let reply = self.send(&call)?;
                let (mut said, mut is_done) = (None, false);
                let walked = walk(&reply.body[..], &mut |path, met| {
                    if let Met::End(text) = met {
                        said = said.take().or_else(|| path.is_error().then(|| text.to_owned()));
                        is_done |= path.is(1, &["success"]) || path.is(2, &["success"]);
                    }
                });
                let unreadable = |what: String| ApiError::Unreadable { call: call.shown(), what };
                walked.map_err(|error| unreadable(error.to_string()))?;
                match said {
                    Some(what) => Err(ApiError::Told { call: call.shown(), what }),
                    None if is_done => Ok(Ended::Now),
                    None => Err(unreadable("it tells of neither success nor an error".to_owned())),
                }
            }
        }
    }

    fn connected(&self) -> Result<Vec<Session>, ApiError> {
        let ask = |kind| self.send(&Call::get("/api/command/v2/client").with("type", kind));
        let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
        for client in ask("asset_client")?.json::<Vec<AssetClient>>()? {
            of(&mut sessions, client.lsid).hostnames.extend(client.hostname);
        }
        for console in ask("access_console")?.json::<Vec<AccessConsole>>()? {
            for lsid in console.session_lsids.unwrap_or_default() {
                of(&mut sessions, lsid).usernames.extend(console.username.clone());
            }
        }
        Ok(sessions.into_values().collect())
    }

    fn reported(&self, since: Timestamp) -> Result<Vec<Session>, ApiError> {
        let call = Call::get("/api/reporting").with("generate_report", "AccessSession");
        let call = call.with("start_time", &since.as_second().to_string()).with("duration", "0");
        let call = call.accepting("text/xml");
        let mut report = Report::default();
        let mut wrong = None;
        self.fetch(&call, REPORT, &mut |_, body| {
            report = Report::default();
            match walk(BufReader::new(body), &mut |path, met| report.take(path, met)) {
                // It would make no more sense the next time.
                Err(error) if error.kind() == ErrorKind::InvalidData => wrong = Some(error.to_string()),
                walked => walked?,
            }
            Ok(())
        })?;
        if let Some(what) = wrong {
            return Err(ApiError::Unreadable { call: call.shown(), what });
        }
        match report.error {
            Some(what) => Err(ApiError::Told { call: call.shown(), what }),
            None if report.is_one => Ok(report.open.into_values().collect()),
            // Nothing in it would be taken for nobody at work.
            None => {
                let what = "it is no list of sessions".to_owned();
                Err(ApiError::Unreadable { call: call.shown(), what })
            }
        }
    }
}

/// The session of this LSID, which may be told of more than once.
fn of(sessions: &mut BTreeMap<String, Session>, lsid: String) -> &mut Session {
    sessions.entry(lsid.clone()).or_insert_with(|| Session { lsid, ..Session::default() })
}

/// How far back the session report is asked for where nobody says.
pub const SESSION_WINDOW: Duration = Duration::from_secs(7 * 86_400);

/// What is known of a session report so far.
#[derive(Default)]
struct Report {
    /// Whether the document is a list of sessions at all.
    is_one: bool,
    open: BTreeMap<String, Session>,
    error: Option<String>,
    session: Session,
    has_ended: bool,
}

impl Report {
    fn take(&mut self, path: &Path, met: Met<'_>) {
        let session = &mut self.session;
        match met {
            Met::Begin(attributes) => {
                let named = |name: &str| attributes.iter().find(|(known, _)| known == name);
                let value = |name| named(name).map(|(_, value)| value.clone()).unwrap_or_default();
                if path.is(1, &["session_list"]) {
                    self.is_one = true;
                } else if path.is(2, &["session_list", "session"]) {
                    self.has_ended = false;
                    *session = Session { lsid: value("lsid"), ..Session::default() };
                } else if path.is(3, &["session", "start_time"]) {
                    session.started =
                        value("timestamp").parse().ok().and_then(|at| Timestamp::from_second(at).ok());
                } else if path.is(3, &["session", "end_time"]) {
                    self.has_ended |= !matches!(value("timestamp").as_str(), "" | "0");
                }
            }
            Met::End(text) => {
                if path.is(2, &["session_list", "session"]) && !self.has_ended && !session.lsid.is_empty() {
                    self.open.insert(session.lsid.clone(), std::mem::take(session));
                } else if path.is_error() {
                    self.error = Some(text.to_owned());
                } else if text.is_empty() {
                } else if path.is(3, &["session", "end_time"]) {
                    self.has_ended = true;
                } else if path.is(5, &["session", "customer_list", "customer", "hostname"]) {
                    session.hostnames.insert(text.to_owned());
                } else if path.is(5, &["session", "rep_list", "representative", "username"]) {
                    session.usernames.insert(text.to_owned());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_without_an_end_is_open() {
        let one = |lsid: &str, end: &str| {
            format!(
                "<r:session lsid=\"{lsid}\"><r:start_time timestamp=\"1767225600\">x</r:start_time>{end}<customer_list>\
                 <customer gsnumber=\"1\"><username>no user</username><hostname>Web &amp; 1</hostname></customer>\
                 </customer_list><rep_list><representative><username>eve</username></representative>\
                 <representative><username>bob</username></representative></rep_list><session_details><event>\
                 <rep_list><representative><username>nobody</username></representative></rep_list></event>\
                 </session_details></r:session>"
            )
        };
        let ends = ["<end_time timestamp=\"1767225700\"/>", "<end_time/>", "<end_time>2026</end_time>", ""];
        let sessions: String = ends.iter().enumerate().map(|(at, end)| one(&at.to_string(), end)).collect();
        let mut report = Report::default();
        let text = format!("<session_list xmlns:r=\"urn:x\">{sessions}</session_list>");
        walk(text.as_bytes(), &mut |path, met| report.take(path, met)).unwrap();
        assert_eq!(report.open.keys().collect::<Vec<_>>(), ["1", "3"]);
        let session = &report.open["3"];
        assert_eq!(session.hostnames, BTreeSet::from(["Web & 1".to_owned()]));
        assert_eq!(session.usernames, BTreeSet::from(["bob".to_owned(), "eve".to_owned()]));
        assert_eq!(session.started, "2026-01-01T00:00:00Z".parse().ok());
    }
}
