//! Which spans does a run consist of? Events in, strokes of a trace out; pure.
//!
//! A run holds waves, a wave holds visits, a visit holds its phases. Attributes are counts, words of our own and
//! names of the plan, never what a host printed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::stroke::{Attributes, Key, Stroke, Value};
use super::watcher::{About, Ending};
use crate::model::{Event, Happening, Outcome, OutcomeKind, Phase, Plan};

/// Draws the trace of a run.
pub struct Drawing {
    about: About,
    waves: HashMap<Arc<str>, u32>,
    open_waves: HashSet<u32>,
    visits: HashMap<Arc<str>, Visit>,
    current: u32,
    is_begun: bool,
    strokes: Vec<Stroke>,
}

/// A visit that goes on.
struct Visit {
    /// When its last phase ended.
    since: Timestamp,
    /// Whether something was started on the host, so that the next look is a proof.
    is_late: bool,
}

/// The name of a phase's span.
fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Connect => "connect",
        Phase::Probe => "detect",
        Phase::Stage => "upload",
        Phase::Permit => "wait for permit",
        Phase::Install => "install",
        Phase::Start => "start client",
        Phase::Verify => "verify",
        Phase::Remove => "remove",
        Phase::Clean => "clean",
    }
}

impl Drawing {
    /// The drawing of a run of this plan.
    pub fn new(about: About, plan: &Plan) -> Self {
        Self {
            about,
            waves: plan.hosts.iter().map(|host| (host.name.clone(), host.wave)).collect(),
            open_waves: HashSet::new(),
            visits: HashMap::new(),
            current: 0,
            is_begun: false,
            strokes: Vec::new(),
        }
    }

    /// Takes an event of an earlier process in.
    pub fn remember(&mut self, event: &Event) {
        if let Happening::WaveStarted { wave, .. } = event.what {
            self.current = wave;
        }
    }

    /// Takes an event in.
    pub fn hear(&mut self, event: &Event) -> Vec<Stroke> {
        self.begin(event);
        match &event.host {
            Some(host) => self.hear_host(host, event),
            None => self.hear_run(event),
        }
        std::mem::take(&mut self.strokes)
    }

    /// The first event of a process begins its span, whatever it is.
    fn begin(&mut self, event: &Event) {
        if std::mem::replace(&mut self.is_begun, true) {
            return;
        }
        let about = &self.about;
        self.strokes.push(Stroke::Begin {
            key: Key::Run,
            within: None,
            name: if about.task.installs() { "rollout" } else { "uninstall" },
            attributes: vec![
                ("jumpfleet.run", about.run.as_str().into()),
                ("jumpfleet.plan_id", about.plan_id.as_str().into()),
                ("jumpfleet.site", about.site.as_str().into()),
                ("jumpfleet.task", about.task.word().into()),
                ("jumpfleet.hosts", about.hosts.into()),
                ("jumpfleet.resumed", Value::Flag(matches!(event.what, Happening::RunResumed { .. }))),
            ],
            at: event.at,
        });
    }

    fn hear_run(&mut self, event: &Event) {
        let at = event.at;
        let (key, name, attributes): (_, _, Attributes) = match &event.what {
            Happening::WaveStarted { wave, .. } => {
                self.end_waves(at);
                self.current = *wave;
                return self.begin_wave(*wave, at);
            }
            Happening::GateReached { wave, gate } => {
                self.begin_wave(*wave, at);
                (Key::Wave(*wave), "gate reached", vec![("jumpfleet.gate", gate.kind.word().into())])
            }
            Happening::GateOpened { wave, .. } => (Key::Wave(*wave), "gate opened", Vec::new()),
            Happening::GateClosed { wave, .. } => (Key::Wave(*wave), "gate closed", Vec::new()),
            Happening::PaceChanged { rate, .. } => {
                (Key::Run, "pace changed", vec![("jumpfleet.rate", rate.to_string().as_str().into())])
            }
            Happening::BudgetReached { rule, limit, mishaps, .. } => {
                let attributes = vec![
                    ("jumpfleet.rule", rule.as_str().into()),
                    ("jumpfleet.limit", limit.as_str().into()),
                    ("jumpfleet.mishaps", (*mishaps).into()),
                ];
                (Key::Run, "budget reached", attributes)
            }
            Happening::Paused { .. } => (Key::Run, "paused", Vec::new()),
            Happening::Continued { .. } => (Key::Run, "continued", Vec::new()),
            Happening::HaltRequested { .. } => (Key::Run, "halt requested", Vec::new()),
            Happening::StopRequested { .. } => (Key::Run, "stop requested", Vec::new()),
            _ => return,
        };
        self.strokes.push(Stroke::Note { key, name, attributes, at });
    }

    fn begin_wave(&mut self, wave: u32, at: Timestamp) {
        if !self.open_waves.insert(wave) {
            return;
        }
        let title = self.about.waves.get(wave as usize).map_or("", String::as_str);
        self.strokes.push(Stroke::Begin {
            key: Key::Wave(wave),
            within: Some(Key::Run),
            name: "wave",
            attributes: vec![
                ("jumpfleet.wave", u64::from(wave + 1).into()),
                ("jumpfleet.wave.name", title.into()),
            ],
            at,
        });
    }

    /// Hosts that are away may outlast their wave, and keep it open.
    fn end_waves(&mut self, at: Timestamp) {
        let busy: HashSet<u32> = self.visits.keys().map(|host| self.wave_of(host)).collect();
        let mut over: Vec<u32> =
            self.open_waves.iter().copied().filter(|wave| !busy.contains(wave)).collect();
        over.sort_unstable();
        for wave in over {
            self.open_waves.remove(&wave);
            self.strokes.push(Stroke::End { key: Key::Wave(wave), attributes: Vec::new(), error: None, at });
        }
    }

    fn wave_of(&self, host: &Arc<str>) -> u32 {
        self.waves.get(host).copied().unwrap_or(self.current)
    }

    fn hear_host(&mut self, host: &Arc<str>, event: &Event) {
        let at = event.at;
        match &event.what {
            Happening::VisitStarted { attempt } => self.visit(host, *attempt, at),
            Happening::Connected { .. } => self.phase(host, Phase::Connect, Vec::new(), at),
            Happening::Probed { .. } => {
                let is_late = self.visits.get(host).is_some_and(|visit| visit.is_late);
                let phase = if is_late { Phase::Verify } else { Phase::Probe };
                self.phase(host, phase, Vec::new(), at);
            }
            Happening::Staged { sent } => {
                self.phase(host, Phase::Stage, vec![("jumpfleet.sent_bytes", (*sent).into())], at);
            }
            Happening::InstallStarted { .. } | Happening::RemovalStarted { .. } => {
                self.phase(host, Phase::Permit, Vec::new(), at);
                self.late(host);
            }
            Happening::InstallEnded { status, .. } => {
                self.late(host);
                let status = vec![("process.exit.code", Value::Number(i64::from(*status)))];
                self.phase(host, Phase::Install, status, at);
            }
            Happening::RemovalEnded { .. } => self.phase(host, Phase::Remove, Vec::new(), at),
            Happening::ClientStarted => self.phase(host, Phase::Start, Vec::new(), at),
            Happening::LeftBehind { .. } => self.note(host, "left behind", Vec::new(), at),
            Happening::RetryPlanned { phase, class, delay, .. } => {
                self.missed(host, *phase, class.word(), at);
                self.again(host, "retry planned", class.word(), *delay, at);
            }
            Happening::HostAway { class, delay, .. } => {
                self.missed(host, Phase::Connect, class.word(), at);
                self.again(host, "host away", class.word(), *delay, at);
            }
            Happening::HostFinished { outcome, .. } => self.finish(host, outcome, at),
            _ => {}
        }
    }

    fn visit(&mut self, host: &Arc<str>, attempt: u32, at: Timestamp) {
        let wave = self.wave_of(host);
        self.begin_wave(wave, at);
        self.visits.insert(host.clone(), Visit { since: at, is_late: false });
        self.strokes.push(Stroke::Begin {
            key: Key::Visit(host.clone()),
            within: Some(Key::Wave(wave)),
            name: "visit",
            attributes: vec![
                ("host.name", (&**host).into()),
                ("jumpfleet.attempt", u64::from(attempt).into()),
            ],
            at,
        });
    }

    fn late(&mut self, host: &Arc<str>) {
        if let Some(visit) = self.visits.get_mut(host) {
            visit.is_late = true;
        }
    }

    fn phase(&mut self, host: &Arc<str>, phase: Phase, attributes: Attributes, at: Timestamp) {
        self.whole(host, phase, attributes, None, at);
    }

    fn missed(&mut self, host: &Arc<str>, phase: Phase, class: &str, at: Timestamp) {
        self.whole(host, phase, Vec::new(), Some(class.to_owned()), at);
    }

    fn whole(
        &mut self,
        host: &Arc<str>,
        phase: Phase,
        attributes: Attributes,
        error: Option<String>,
        at: Timestamp,
    ) {
        let Some(visit) = self.visits.get_mut(host) else { return };
        // The wall clock may have been set back.
        let to = at.max(visit.since);
        let from = std::mem::replace(&mut visit.since, to);
        let within = Key::Visit(host.clone());
        self.strokes.push(Stroke::Whole { within, name: name(phase), attributes, error, from, to });
    }

    fn note(&mut self, host: &Arc<str>, name: &'static str, attributes: Attributes, at: Timestamp) {
        if self.visits.contains_key(host) {
            self.strokes.push(Stroke::Note { key: Key::Visit(host.clone()), name, attributes, at });
        }
    }

    /// This visit is over, and another one comes.
    fn again(&mut self, host: &Arc<str>, name: &'static str, class: &str, delay: u64, at: Timestamp) {
        let attributes = vec![("error.type", class.into()), ("jumpfleet.delay_ms", delay.into())];
        self.note(host, name, attributes, at);
        self.leave(host, Vec::new(), Some(class.to_owned()), at);
    }

    fn finish(&mut self, host: &Arc<str>, outcome: &Outcome, at: Timestamp) {
        let attributes = vec![("jumpfleet.outcome", outcome.kind().word().into())];
        let error = match outcome {
            Outcome::Failed { phase, class, .. } => Some((*phase, class.word())),
            Outcome::Unreachable { class, .. } => Some((Phase::Connect, class.word())),
            Outcome::Unknown { phase, .. } => Some((*phase, "unknown")),
            _ => None,
        };
        if let Some((phase, class)) = error {
            self.missed(host, phase, class, at);
        }
        self.leave(host, attributes, error.map(|(_, class)| class.to_owned()), at);
    }

    fn leave(&mut self, host: &Arc<str>, attributes: Attributes, error: Option<String>, at: Timestamp) {
        if let Some(visit) = self.visits.remove(host) {
            self.strokes.push(Stroke::End {
                key: Key::Visit(host.clone()),
                attributes,
                error,
                at: at.max(visit.since),
            });
        }
    }

    /// Everything that is open ends with the run.
    pub fn end(&mut self, ending: Option<&Ending>, now: Timestamp) -> Vec<Stroke> {
        let at = ending.map_or(now, |ending| ending.at);
        let mut left: Vec<Arc<str>> = self.visits.keys().cloned().collect();
        left.sort();
        for host in left {
            self.leave(&host, Vec::new(), Some("left".to_owned()), at);
        }
        self.end_waves(at);
        if self.is_begun {
            let (exit, error) = match ending {
                Some(Ending { exit: 0, .. }) => (Some(0), None),
                Some(ending) => (Some(ending.exit), Some(format!("exit code {}", ending.exit))),
                None => (None, Some("broken off".to_owned())),
            };
            let mut attributes: Attributes =
                exit.map(|exit| ("process.exit.code", u64::from(exit).into())).into_iter().collect();
            let counts = ending.into_iter().flat_map(|ending| &ending.counts);
            attributes.extend(counts.map(|(kind, count)| (counted(*kind), (*count).into())));
            self.strokes.push(Stroke::End { key: Key::Run, attributes, error, at });
        }
        std::mem::take(&mut self.strokes)
    }
}

/// The name of the attribute that counts hosts of an outcome.
fn counted(kind: OutcomeKind) -> &'static str {
    use OutcomeKind as Kind;
    match kind {
        Kind::Installed => "jumpfleet.hosts.installed",
        Kind::Connected => "jumpfleet.hosts.connected",
        Kind::NotConnected => "jumpfleet.hosts.not_connected",
        Kind::AlreadyPresent => "jumpfleet.hosts.already_present",
        Kind::Removed => "jumpfleet.hosts.removed",
        Kind::AlreadyAbsent => "jumpfleet.hosts.already_absent",
        Kind::Failed => "jumpfleet.hosts.failed",
        Kind::Unreachable => "jumpfleet.hosts.unreachable",
        Kind::Unknown => "jumpfleet.hosts.unknown",
        Kind::NotStarted => "jumpfleet.hosts.not_started",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Observation, Standing};
    use crate::watch::tests::{about, event, plan};

    fn drawing() -> Drawing {
        let plan = plan(&["a", "b"]);
        Drawing::new(about(&plan), &plan)
    }

    fn hear(drawing: &mut Drawing, events: &[Event]) -> Vec<Stroke> {
        events.iter().flat_map(|event| drawing.hear(event)).collect()
    }

    /// What a stroke does, in a word or two.
    fn said(strokes: &[Stroke]) -> Vec<String> {
        let one = |stroke: &Stroke| match stroke {
            Stroke::Begin { name, .. } => format!("+{name}"),
            Stroke::Whole { name, error, .. } => format!("{name}{}", if error.is_some() { "!" } else { "" }),
            Stroke::Note { name, .. } => format!("({name})"),
            Stroke::End { error, .. } => format!("-{}", if error.is_some() { "!" } else { "" }),
        };
        strokes.iter().map(one).collect()
    }

    fn refused() -> Happening {
        Happening::RetryPlanned {
            phase: Phase::Connect,
            class: Class::ConnectionRefused,
            detail: "what the host said".to_owned(),
            delay: 2000,
            standing: Standing::Fresh,
        }
    }

    #[test]
    fn a_visit_is_made_of_its_phases() {
        let look = || Happening::Probed { observation: Observation::default() };
        let visit = [
            event(0, Some("a"), Happening::VisitStarted { attempt: 1 }),
            event(1, Some("a"), Happening::Connected { milliseconds: 1000 }),
            event(2, Some("a"), look()),
            event(3, Some("a"), Happening::Staged { sent: 7 }),
            event(3, Some("a"), Happening::InstallReady),
            event(9, Some("a"), Happening::InstallStarted { waited: 6000 }),
            event(12, Some("a"), Happening::InstallEnded { status: 0, milliseconds: 3000 }),
            event(13, Some("a"), Happening::ClientStarted),
            event(15, Some("a"), look()),
            event(
                16,
                Some("a"),
                Happening::HostFinished {
                    outcome: Outcome::Installed { directory: None, notes: Vec::new() },
                    milliseconds: 16_000,
                },
            ),
        ];
        let strokes = hear(&mut drawing(), &visit);
        let phases = ["connect", "detect", "upload", "wait for permit", "install", "start client", "verify"];
        let wanted: Vec<&str> =
            ["+rollout", "+wave", "+visit"].into_iter().chain(phases).chain(["-"]).collect();
        assert_eq!(said(&strokes), wanted);
        let waits = strokes.iter().find_map(|stroke| match stroke {
            Stroke::Whole { name: "wait for permit", from, to, .. } => {
                Some(to.duration_since(*from).as_secs())
            }
            _ => None,
        });
        assert_eq!(waits, Some(6));
    }

    #[test]
    fn a_try_again_ends_the_visit_and_says_no_word_of_the_host() {
        let mut drawing = drawing();
        let began = event(0, Some("b"), Happening::VisitStarted { attempt: 1 });
        let strokes = hear(&mut drawing, &[began, event(1, Some("b"), refused())]);
        assert_eq!(said(&strokes[3..]), ["connect!", "(retry planned)", "-!"]);
        assert!(!format!("{strokes:?}").contains("what the host said"));
        assert!(drawing.visits.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_span_end_before_it_began() {
        let began = event(100, Some("a"), Happening::VisitStarted { attempt: 1 });
        let strokes =
            hear(&mut drawing(), &[began, event(50, Some("a"), Happening::Connected { milliseconds: 1 })]);
        let Some(Stroke::Whole { from, to, .. }) = strokes.last() else { panic!("{strokes:?}") };
        assert!(to >= from);
    }

    #[test]
    fn whatever_is_open_ends_with_the_run() {
        let mut drawing = drawing();
        hear(
            &mut drawing,
            &[
                event(0, None, Happening::WaveStarted { wave: 0, name: "canary".into(), hosts: 1 }),
                event(1, Some("a"), Happening::VisitStarted { attempt: 1 }),
            ],
        );
        let strokes = drawing.end(None, Timestamp::from_second(9).unwrap());
        assert_eq!(said(&strokes), ["-!", "-", "-!"]);
    }
}
