//! What is worth telling people who do not watch the screen? Events in, now and then a message out; pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::watcher::{About, Ending};
use crate::model::reason::{HALTED, INTERRUPTED};
use crate::model::{Event, GateKind, Happening, Outcome, OutcomeKind, words};
use crate::report::{clean_line, duration};

/// The most characters of a cause; what a host printed must not fill a channel.
const LONGEST: usize = 300;

words! {
    /// When somebody is told.
    Occasion, "an occasion" {
        /// All hosts of a wave have ended and the way to the next one opens by itself.
        Wave = "wave",
        /// The run waits for a person.
        Gate = "gate",
        /// The run starts no more installers.
        Halt = "halt",
        /// The run has ended.
        End = "end",
    }
}

/// A wave, as people count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// Counted from 1.
    pub number: u32,
    /// How many there are.
    pub of: usize,
    /// Its name.
    pub name: String,
}

/// What is told; everything in it is one line, cleaned of control characters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The version of this form.
    pub format_version: u32,
    /// When it is told.
    pub event: Occasion,
    /// One sentence.
    pub title: String,
    /// The run.
    pub run: String,
    /// The site.
    pub site: String,
    /// The plan, 64 hexadecimal digits.
    pub plan_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// How many hosts are planned.
    pub hosts: u64,
    /// Hosts by outcome so far.
    pub counts: BTreeMap<OutcomeKind, u64>,
    /// Whole seconds since the run began.
    pub seconds: u64,
    /// The wave that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<Wave>,
    /// What halted the run: a rule of its budget, `gate`, `person`, or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it halted, or what opens the gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The host that went wrong last, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_mishap: Option<String>,
    /// The exit code of a run that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// The command to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Message {
    /// Everything but the title, as lines of a name and a value.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let why = if self.event == Occasion::Halt { "Why" } else { "Gate" };
        let wave = |wave: &Wave| match wave.name.parse::<u32>() {
            Ok(number) if number == wave.number => format!("{} of {}", wave.number, wave.of),
            _ => format!("{} of {}: {}", wave.number, wave.of, wave.name),
        };
        let facts = [
            ("Wave", self.wave.as_ref().map(wave)),
            (why, self.why.clone()),
            ("Rule", self.rule.clone()),
            ("Last mishap", self.last_mishap.clone()),
            ("Hosts", Some(self.counted())),
            ("Time", Some(duration(std::time::Duration::from_secs(self.seconds)))),
            ("Run", Some(self.run.clone())),
            ("Exit code", self.exit.map(|exit| exit.to_string())),
            ("Next", self.next.clone()),
        ];
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn counted(&self) -> String {
        let words =
            |(kind, count): (&OutcomeKind, &u64)| format!("{count} {}", kind.word().replace('_', " "));
        let known: Vec<String> = self.counts.iter().filter(|(_, count)| **count > 0).map(words).collect();
        let ended: u64 = self.counts.values().sum();
        let begin = format!("{ended} of {} ended", self.hosts);
        if known.is_empty() { begin } else { format!("{begin}: {}", known.join(", ")) }
    }
}

/// Makes messages of a run's events.
pub struct Teller {
    about: About,
    figures: Figures,
    wanted: BTreeSet<Occasion>,
    rule: Option<String>,
    last_mishap: Option<String>,
}

impl Teller {
    /// A teller of these occasions.
    pub fn new(about: About, figures: Figures, wanted: BTreeSet<Occasion>) -> Self {
        Self { about, figures, wanted, rule: None, last_mishap: None }
    }

    /// Takes an event in, and gives the message that it is worth.
    pub fn hear(&mut self, event: &Event) -> Option<Message> {
        self.figures.add(event);
        let message = match &event.what {
            Happening::HostFinished { outcome, .. } => {
                self.mishap(event.host.as_deref()?, outcome);
                None
            }
            Happening::RunResumed { .. } => {
                self.rule = None;
                None
            }
            Happening::BudgetReached { rule, .. } => self.because(rule),
            Happening::GateClosed { .. } => self.because("gate"),
            Happening::HaltRequested { .. } => self.because("person"),
            Happening::GateReached { wave, gate } => Some(self.gate(*wave, gate.kind, gate.soak, event.at)),
            Happening::StopRequested { reason } if !reason.starts_with(INTERRUPTED) => {
                Some(self.halted(reason, event.at))
            }
            _ => None,
        };
        message.filter(|message| self.wanted.contains(&message.event))
    }

    /// The message of the end; without `ending` the run was broken off.
    pub fn end(&self, ending: Option<&Ending>, now: Timestamp) -> Option<Message> {
        let run = &self.about.run;
        let resume = || Some(format!("jumpfleet rollout --resume {run}"));
        let message = match ending {
            Some(ending) => Message {
                counts: ending.counts.clone(),
                seconds: ending.lasted.as_secs(),
                exit: Some(ending.exit),
                next: if matches!(ending.exit, 5 | 7) { resume() } else { None },
                ..self.message(Occasion::End, &ending.verdict, ending.at)
            },
            None => Message {
                next: resume(),
                ..self.message(Occasion::End, "BROKEN OFF: the run ended without its last word", now)
            },
        };
        self.wanted.contains(&Occasion::End).then_some(message)
    }

    fn because(&mut self, rule: &str) -> Option<Message> {
        self.rule.get_or_insert_with(|| rule.to_owned());
        None
    }

    fn mishap(&mut self, host: &str, outcome: &Outcome) {
        let what = match outcome {
            Outcome::Failed { phase, class, detail, .. } => format!("failed: {phase}: {class}: {detail}"),
            Outcome::Unreachable { class, detail } => format!("unreachable: {class}: {detail}"),
            Outcome::Unknown { phase, detail } => format!("unknown: {phase}: {detail}"),
            _ => return,
        };
        self.last_mishap = Some(line(&format!("{host}: {what}")));
    }

    fn gate(&self, wave: u32, kind: GateKind, soak: u64, at: Timestamp) -> Message {
        let number = wave + 1;
        let name = self.about.waves.get(wave as usize).cloned().unwrap_or_default();
        let ended = format!("Wave {number} of {} has ended", self.about.waves.len());
        let (occasion, title, why) = match kind {
            GateKind::Manual => {
                (Occasion::Gate, format!("{ended}: a person opens the gate"), "a person opens it".to_owned())
            }
            GateKind::Auto => {
                (Occasion::Wave, ended, format!("looks again in {soak} s, then opens or halts the run"))
            }
            GateKind::None => (Occasion::Wave, ended, "none: the next wave begins".to_owned()),
        };
        let wave = Wave { number, of: self.about.waves.len(), name: line(&name) };
        let next = (kind == GateKind::Manual).then(|| format!("jumpfleet continue {}", self.about.run));
        Message { wave: Some(wave), why: Some(why), next, ..self.message(occasion, &title, at) }
    }

    fn halted(&self, reason: &str, at: Timestamp) -> Message {
        let why = line(reason.strip_prefix(HALTED).unwrap_or(reason));
        Message {
            rule: Some(self.rule.clone().unwrap_or_else(|| "other".to_owned())),
            last_mishap: self.last_mishap.clone(),
            why: Some(why),
            ..self.message(Occasion::Halt, "HALTED: no more installers are started", at)
        }
    }

    fn message(&self, event: Occasion, what: &str, at: Timestamp) -> Message {
        let lasted = self.figures.began.map_or(SignedDuration::ZERO, |began| at.duration_since(began));
        Message {
            format_version: 1,
            event,
            title: line(&format!("{}: {what}", self.about.site)),
            run: self.about.run.clone(),
            site: self.about.site.clone(),
            plan_id: self.about.plan_id.clone(),
            at,
            hosts: self.about.hosts,
            counts: self.figures.outcomes.clone(),
            seconds: u64::try_from(lasted.as_secs()).unwrap_or_default(),
            wave: None,
            rule: None,
            why: None,
            last_mishap: None,
            exit: None,
            next: None,
        }
    }
}

/// One line without control characters, not too long.
fn line(text: &str) -> String {
    let clean = clean_line(text);
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Gate, Phase};
    use crate::watch::tests::{about, event, plan};

    fn teller(wanted: &[Occasion]) -> Teller {
        let plan = plan(&["a", "b", "c"]);
        Teller::new(about(&plan), Figures::new(&plan), wanted.iter().copied().collect())
    }

    fn failed(detail: &str) -> Happening {
        let outcome = Outcome::Failed {
            phase: Phase::Install,
            class: Class::InstallerFailed,
            detail: detail.to_owned(),
            tail: "what the host printed".to_owned(),
        };
        Happening::HostFinished { outcome, milliseconds: 1 }
    }

    fn stopped(reason: &str) -> Happening {
        Happening::StopRequested { reason: reason.to_owned() }
    }

    #[test]
    fn a_halt_is_told_with_its_rule_and_its_cause() {
        let mut teller = teller(Occasion::ALL);
        assert!(teller.hear(&event(0, Some("b"), failed("exit code 7\u{1b}[31m\nand more"))).is_none());
        let reached = Happening::BudgetReached {
            rule: "consecutive".to_owned(),
            limit: "1".to_owned(),
            mishaps: 1,
            sample: 1,
            hosts: vec!["b".into()],
        };
        assert!(teller.hear(&event(60, None, reached)).is_none());
        let told = teller.hear(&event(60, None, stopped("halted: 1 host failed"))).unwrap();
        assert_eq!((told.rule.as_deref(), told.why.as_deref()), (Some("consecutive"), Some("1 host failed")));
        let mishap = "b: failed: install: installer_failed: exit code 7 and more";
        assert_eq!(told.last_mishap.as_deref(), Some(mishap));
        assert_eq!((told.seconds, told.counts[&OutcomeKind::Failed]), (60, 1));
        assert!(!serde_json::to_string(&told).unwrap().contains("what the host printed"));
    }

    #[test]
    fn an_interruption_is_no_halt() {
        let mut teller = teller(Occasion::ALL);
        assert!(teller.hear(&event(0, None, stopped(INTERRUPTED))).is_none());
    }

    #[test]
    fn what_hosts_say_stays_short() {
        let mut teller = teller(Occasion::ALL);
        teller.hear(&event(0, Some("b"), failed(&"x".repeat(10_000))));
        let told = teller.hear(&event(0, None, stopped("halted: by ada"))).unwrap();
        assert_eq!(told.last_mishap.unwrap().chars().count(), LONGEST + 1);
        assert_eq!(told.rule.as_deref(), Some("other"));
    }

    #[test]
    fn only_what_is_wanted_is_told() {
        let reached =
            |kind| event(0, None, Happening::GateReached { wave: 0, gate: Gate { kind, soak: 60 } });
        let mut teller = teller(&[Occasion::Gate]);
        assert!(teller.hear(&reached(GateKind::Auto)).is_none());
        let told = teller.hear(&reached(GateKind::Manual)).unwrap();
        assert_eq!(told.next.as_deref(), Some("jumpfleet continue 20260501T220000Z-3f2a"));
        assert_eq!(told.facts()[0], ("Wave", "1 of 2: canary".to_owned()));
        assert!(teller.end(None, Timestamp::UNIX_EPOCH).is_none());
    }

    #[test]
    fn a_run_that_is_broken_off_is_told() {
        let told = teller(&[Occasion::End]).end(None, Timestamp::UNIX_EPOCH).unwrap();
        assert!(told.title.contains("BROKEN OFF") && told.next.is_some() && told.exit.is_none());
    }
}
