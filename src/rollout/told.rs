//! How is it told what became of a host, or what went wrong on it? Masked, and no longer than a journal wants.

use std::time::{Duration, Instant};

use super::bench::Bench;
use super::known;
use crate::installer::{log, observe};
use crate::model::{Class, Observation, Outcome, Phase, Trace};
use crate::transport::{Failure, Finished, Session, quote};

/// The most bytes of an installer's log that are read, from its end.
const LOG_LIMIT: u64 = 8 * 1024 * 1024;

/// How long that may take.
const LOG_DEADLINE: Duration = Duration::from_secs(60);

/// The most bytes of a host's output that go into the journal.
const TAIL_LIMIT: usize = 4096;

impl Bench<'_> {
    /// What the installer's own log says of a failure, if it writes one and it can be read.
    pub(super) fn cause(&self, session: &mut Session) -> Option<log::Cause> {
        let path = format!(r"{}\{}", self.staging, self.installer.log()?);
        let read = session.get_end(&path, LOG_LIMIT, Instant::now() + LOG_DEADLINE);
        log::cause(&log::text(&read.ok()??))
    }

    /// The outcome of a host that has a client.
    pub(super) fn present(&self, trace: &Trace, observation: &Observation) -> Outcome {
        let seen = format!("{}{}", trace.evidence, known::of_another_site(self, observation));
        let evidence = format!("{}{}", self.crew.secrets.mask(&seen), known::of_client(self));
        let running = self.installer.runs(observation) != Some(false);
        Outcome::AlreadyPresent { rule: trace.rule, evidence, running }
    }

    /// The outcome of an installer that ended with an error, with what its log and its code tell.
    pub(super) fn installer_failed(&self, session: &mut Session, status: i32, printed: &str) -> Outcome {
        let cause = self.cause(session);
        let mut tail = printed.to_owned();
        let mut detail = format!("the installer ended with exit code {status}");
        if let Some(meaning) = self.installer.meaning(status) {
            detail = format!("{detail}: {meaning}");
        }
        if let Some(cause) = cause {
            detail = format!("{detail}; its log says `{}`", quote(&cause.line));
            tail = format!("{tail}\n{}", cause.excerpt);
        }
        let class = self.installer.explain(status, &tail);
        self.ends(Phase::Install, class, detail, tail)
    }

    /// The outcome of a failure of the transport.
    pub(super) fn outcome_of(&self, phase: Phase, failure: Failure) -> Outcome {
        let detail = self.crew.secrets.mask(&failure.detail).into_owned();
        match failure.class {
            class @ (Class::SecretMissing | Class::Internal) => {
                self.ends(phase, class, detail, String::new())
            }
            class if phase == Phase::Connect => Outcome::Unreachable { class, detail },
            class => self.ends(phase, class, detail, String::new()),
        }
    }

    /// A failure with the end of what the host printed.
    pub(super) fn failed(&self, phase: Phase, class: Class, detail: &str, finished: &Finished) -> Outcome {
        self.ends(phase, class, detail.to_owned(), printed(finished))
    }

    /// A failure, masked and cut to what a journal should hold.
    pub(super) fn ends(&self, phase: Phase, class: Class, detail: String, tail: String) -> Outcome {
        let detail = self.crew.secrets.mask(detail.trim()).replace(['\n', '\r'], " ");
        Outcome::Failed { phase, class, detail, tail: end_of(&self.crew.secrets.mask(&tail)) }
    }

    /// What was seen, with keys in paths masked.
    pub(super) fn masked(&self, mut observation: Observation) -> Observation {
        for trace in &mut observation.traces {
            trace.evidence = self.crew.secrets.mask(&trace.evidence).into_owned();
        }
        for value in observation.facts.values_mut() {
            *value = self.crew.secrets.mask(value).into_owned();
        }
        observation
    }
}

/// What a step printed for people, errors last.
pub(super) fn printed(finished: &Finished) -> String {
    let printed = observe::unmarked(&finished.stdout);
    let parts = [printed.trim_end(), finished.stderr.trim_end()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The last characters of a text, cut at a line where that is possible.
fn end_of(text: &str) -> String {
    if text.len() <= TAIL_LIMIT {
        return text.to_owned();
    }
    let from = text.ceil_char_boundary(text.len() - TAIL_LIMIT);
    let end = &text[from..];
    let line = end.find('\n').map_or(0, |newline| newline + 1);
    end[line..].to_owned()
}
