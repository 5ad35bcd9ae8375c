//! What do a plan and its events amount to?

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::causes;
use super::pace::Starts;
use super::record::{HostRecord, INTERRUPTED, Report, RunRecord};
use crate::model::{Event, Happening, Outcome, OutcomeKind, Phase, Plan, PlannedHost, Rate, Task};

/// A report in the making: opened with a plan, fed with events, closed into a [`Report`].
#[derive(Debug, Clone)]
pub struct Fold {
    run: RunRecord,
    waves: Vec<String>,
    hosts: Vec<Watched>,
    index: HashMap<Arc<str>, usize>,
    starts: Starts,
}

/// A host that may not have its outcome yet.
#[derive(Debug, Clone)]
struct Watched {
    record: HostRecord,
    has_outcome: bool,
    installer: Installer,
}

/// What is known of the installer of a host without its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    Untouched,
    /// Written down before the permit is asked for, so it may have been started in the very next moment.
    Ready,
    Started,
    Ended,
}

impl Report {
    /// Begins a report about a plan of which nothing has happened yet.
    pub fn open(plan: &Plan) -> Fold {
        let hosts: Vec<_> = plan.hosts.iter().map(|host| Watched::new(plan, host)).collect();
        Fold {
            run: RunRecord {
                name: None,
                plan_id: plan.plan_id.clone(),
                site: plan.appliance.site.clone(),
                task: plan.task,
                tool_version: plan.tool_version.clone(),
                by: None,
                rate: plan.rate,
                resumed: 0,
                started: None,
                last: None,
                complete: false,
                stop: None,
                foreign: 0,
            },
            waves: plan.waves.clone(),
            index: plan.hosts.iter().enumerate().map(|(at, host)| (host.name.clone(), at)).collect(),
            hosts,
            starts: Starts::default(),
        }
    }

    /// The report of a plan and all its events.
    pub fn of(plan: &Plan, events: impl IntoIterator<Item = impl Borrow<Event>>) -> Self {
        let mut fold = Self::open(plan);
        for event in events {
            fold.add(event.borrow());
        }
        fold.close()
    }
}

impl Fold {
    /// Takes the next event into account.
    pub fn add(&mut self, event: &Event) {
        let run = &mut self.run;
        run.started = Some(run.started.map_or(event.at, |first| first.min(event.at)));
        run.last = Some(run.last.map_or(event.at, |last| last.max(event.at)));
        match &event.host {
            None => self.add_to_run(&event.what),
            Some(name) => match self.index.get(name) {
                Some(at) => self.add_to_host(*at, event),
                None => self.run.foreign += 1,
            },
        }
    }

    fn add_to_run(&mut self, what: &Happening) {
        match what {
            Happening::RunStarted { tool_version, run, plan_id, rate, by, .. } => {
                self.begin(tool_version, run, plan_id, *rate, by);
            }
            Happening::RunResumed { .. } => {
                self.run.resumed += 1;
                self.run.complete = false;
                self.run.stop = None;
                self.starts.pause();
            }
            Happening::VendorRateExceeded { rate } => self.run.rate = *rate,
            // The first reason is the one that kept hosts from being started.
            Happening::StopRequested { reason } => {
                self.run.stop.get_or_insert_with(|| reason.clone());
            }
            Happening::RunFinished { .. } => self.run.complete = true,
            _ => {}
        }
    }

    fn begin(&mut self, tool_version: &str, name: &str, plan_id: &str, rate: Rate, by: &str) {
        self.run.tool_version = tool_version.to_owned();
        self.run.name = Some(name.to_owned());
        self.run.rate = rate;
        self.run.by = Some(by.to_owned());
        if plan_id != self.run.plan_id {
            self.run.foreign += 1;
        }
    }

    fn add_to_host(&mut self, at: usize, event: &Event) {
        if matches!(event.what, Happening::InstallStarted { .. }) {
            self.starts.add(event.at);
        }
        self.hosts[at].add(event);
    }

    /// Ends the report: a host without an outcome gets the one that its last event allows.
    pub fn close(self) -> Report {
        let reason = self.run.stop.clone().unwrap_or_else(|| INTERRUPTED.to_owned());
        let hosts: Vec<_> = self.hosts.into_iter().map(|host| host.close(&reason)).collect();
        Report {
            counts: count(self.run.task, &hosts),
            run: self.run,
            waves: self.waves,
            causes: causes::fold(&hosts),
            hosts,
            pace: self.starts.pace(),
        }
    }
}

impl Watched {
    fn new(plan: &Plan, host: &PlannedHost) -> Self {
        let treatment = plan.treatments.get(host.treatment as usize);
        let record = HostRecord {
            name: host.name.clone(),
            address: host.address.clone(),
            place: host.place.clone(),
            wave: host.wave,
            release: treatment.map(|treatment| treatment.release.clone()),
            platform: treatment.map(|treatment| treatment.shape.platform),
            outcome: Outcome::NotStarted { reason: String::new() },
            attempts: 0,
            started: None,
            waited: None,
            install_started: None,
            install_took: None,
            status: None,
            finished: None,
            took: None,
        };
        Self { record, has_outcome: false, installer: Installer::Untouched }
    }

    fn add(&mut self, event: &Event) {
        let record = &mut self.record;
        match &event.what {
            Happening::VisitStarted { .. } => {
                record.attempts += 1;
                record.started.get_or_insert(event.at);
            }
            Happening::InstallReady => self.installer = Installer::Ready,
            Happening::InstallStarted { waited } => {
                self.installer = Installer::Started;
                record.install_started = Some(event.at);
                record.waited = Some(Duration::from_millis(*waited));
                record.install_took = None;
                record.status = None;
            }
            Happening::InstallEnded { status, milliseconds } => {
                self.installer = Installer::Ended;
                record.status = Some(*status);
                record.install_took = Some(Duration::from_millis(*milliseconds));
            }
            // Whoever plans a retry knows that no permit was used.
            Happening::RetryPlanned { .. } if self.installer == Installer::Ready => {
                self.installer = Installer::Untouched;
            }
            Happening::HostFinished { outcome, milliseconds } => {
                self.installer = Installer::Untouched;
                self.has_outcome = true;
                record.outcome = outcome.clone();
                record.finished = Some(event.at);
                record.took = Some(Duration::from_millis(*milliseconds));
            }
            _ => {}
        }
    }

    fn close(mut self, reason: &str) -> HostRecord {
        let lost = |phase, detail: &str| Outcome::Unknown { phase, detail: detail.to_owned() };
        match self.installer {
            Installer::Untouched if self.has_outcome => return self.record,
            Installer::Untouched => {
                self.record.outcome = Outcome::NotStarted { reason: reason.to_owned() };
            }
            // An earlier outcome says nothing about an installer that was started after it.
            Installer::Ready | Installer::Started => {
                self.record.outcome =
                    lost(Phase::Install, "the run ended while its installer may have been running");
            }
            Installer::Ended => {
                self.record.outcome = lost(
                    Phase::Verify,
                    "the run ended after its installer and before the client was looked for",
                );
            }
        }
        self.record.finished = None;
        self.record.took = None;
        self.record
    }
}

fn count(task: Task, hosts: &[HostRecord]) -> BTreeMap<OutcomeKind, u64> {
    let usual = OutcomeKind::ALL.iter().filter(|kind| kind.is_usual_in(task));
    let mut counts: BTreeMap<_, u64> = usual.map(|kind| (*kind, 0)).collect();
    for host in hosts {
        *counts.entry(host.outcome.kind()).or_default() += 1;
    }
    counts
}
