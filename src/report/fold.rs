//! What do a plan and its events amount to?

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::causes;
use super::course::Course;
use super::pace::Starts;
use super::record::{HostRecord, Report, RunRecord, SessionRecord};
use crate::ci::Sources;
use crate::model::reason::INTERRUPTED;
use crate::model::{
    Class, Event, Happening, Note, Outcome, OutcomeKind, Phase, Plan, PlannedHost, Rate, Standing, Task,
};

/// A report in the making: opened with a plan, fed with events, closed into a [`Report`].
#[derive(Debug, Clone)]
pub struct Fold {
    run: RunRecord,
    waves: Vec<String>,
    hosts: Vec<Watched>,
    index: HashMap<Arc<str>, usize>,
    starts: Starts,
    course: Course,
    sources: Sources,
}

/// A host that may not have its outcome yet.
#[derive(Debug, Clone)]
struct Watched {
    record: HostRecord,
    has_outcome: bool,
    work: Work,
    /// Whether something was removed since its last outcome.
    removed: bool,
    /// Whether its client shows on the site, where somebody waits for it.
    is_awaited: bool,
    /// Whether its client is waited for there.
    awaits: bool,
}

/// What is known of the work on a host without its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Untouched,
    /// Written down before the permit is asked for, so it may have been started in the very next moment.
    Ready,
    Installing,
    InstallEnded,
    Removing,
    RemovalEnded,
}

const INSTALL_RAN: &str = "the run ended while its installer may have been running";
const INSTALL_ENDED: &str = "the run ended after its installer and before the client was looked for";
const REMOVAL_RAN: &str = "the run ended while the removal of its client may have been running";
const REMOVAL_ENDED: &str = "the run ended after the removal of its client and before it was looked for";

/// What is said of hosts without an outcome while the run goes on.
const VISITED: &str = "its visit is not over yet";
const WAITING: &str = "its turn has not come yet";

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
                live: false,
                stop: None,
                unconfirmed: 0,
                foreign: 0,
            },
            waves: plan.waves.clone(),
            index: plan.hosts.iter().enumerate().map(|(at, host)| (host.name.clone(), at)).collect(),
            hosts,
            starts: Starts::default(),
            course: Course::default(),
            sources: Sources::of(plan.inputs.iter().map(|input| input.path.as_str())),
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

    /// The report of a run that a process is carrying out at this moment.
    pub fn of_live(plan: &Plan, events: impl IntoIterator<Item = impl Borrow<Event>>) -> Self {
        let mut fold = Self::open(plan);
        fold.run.live = true;
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
                None => {
                    self.run.foreign += 1;
                    return;
                }
            },
        }
        self.course.add(event);
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
        if matches!(event.what, Happening::InstallStarted { .. } | Happening::RemovalStarted { .. }) {
            self.starts.add(event.at);
        }
        self.hosts[at].add(event);
    }

    /// Ends the report: a host without an outcome gets the one that its last event allows.
    pub fn close(self) -> Report {
        let reason = self.run.stop.clone().unwrap_or_else(|| INTERRUPTED.to_owned());
        let (task, live) = (self.run.task, self.run.live);
        let waits = |host: &&Watched| host.awaits && host.work == Work::Untouched;
        let unconfirmed = self.hosts.iter().filter(waits).count() as u64;
        let closed = |host: Watched| if live { host.at_work(task) } else { host.close(task, &reason) };
        let hosts: Vec<_> = self.hosts.into_iter().map(closed).collect();
        Report {
            counts: count(task, &hosts),
            course: self.course.close(&hosts),
            run: RunRecord { unconfirmed, ..self.run },
            waves: self.waves,
            causes: causes::fold(&hosts),
            hosts,
            pace: self.starts.pace(),
            since: None,
            sources: self.sources,
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
            spread: host.spread.and_then(|spread| plan.spreads.get(spread as usize).cloned()),
            outcome: Outcome::NotStarted { reason: String::new() },
            attempts: 0,
            started: None,
            waited: None,
            install_started: None,
            install_took: None,
            status: None,
            removal_started: None,
            removal_took: None,
            record: None,
            sessions: Vec::new(),
            finished: None,
            took: None,
        };
        let waits = plan.appliance.told.as_ref().is_some_and(|told| told.connect_within.is_some());
        let is_awaited = waits && plan.shows_on_site(host);
        let work = Work::Untouched;
        Self { record, has_outcome: false, work, removed: false, is_awaited, awaits: false }
    }

    fn add(&mut self, event: &Event) {
        let record = &mut self.record;
        match &event.what {
            Happening::VisitStarted { .. } => {
                record.attempts += 1;
                record.started.get_or_insert(event.at);
            }
            Happening::InstallReady => self.work = Work::Ready,
            Happening::InstallStarted { waited } => {
                self.work = Work::Installing;
                record.install_started = Some(event.at);
                record.waited = Some(Duration::from_millis(*waited));
                record.install_took = None;
                record.status = None;
            }
            Happening::InstallEnded { status, milliseconds } => {
                self.work = Work::InstallEnded;
                record.status = Some(*status);
                record.install_took = Some(Duration::from_millis(*milliseconds));
            }
            Happening::RemovalStarted { waited } => {
                self.work = Work::Removing;
                self.removed = true;
                record.removal_started = Some(event.at);
                record.waited = Some(Duration::from_millis(*waited));
                record.removal_took = None;
            }
            Happening::RemovalEnded { milliseconds } => {
                self.work = Work::RemovalEnded;
                record.removal_took = Some(Duration::from_millis(*milliseconds));
            }
            // Whoever plans a retry knows whether anything may have been started that has not ended.
            Happening::RetryPlanned { standing, .. } if *standing != Standing::Begun => {
                self.work = if self.removed { Work::RemovalEnded } else { Work::Untouched };
            }
            Happening::Rechecked { missing, unseen } => self.recheck(missing, *unseen),
            Happening::RecordEnded { client, end, .. } => record.record = Some((*end, *client)),
            Happening::SessionMet { lsid, users, end } => {
                record.sessions.retain(|known| known.lsid != *lsid);
                record.sessions.push(SessionRecord {
                    lsid: lsid.clone(),
                    users: users.clone(),
                    end: *end,
                    at: event.at,
                });
            }
            Happening::ClientConnected { client, .. } => {
                let client = *client;
                self.contact(|directory, notes| Outcome::Connected { directory, client, notes });
            }
            Happening::ClientNotConnected { unseen: true, .. } => self.awaits = false,
            Happening::ClientNotConnected { detail, .. } => {
                let detail = detail.clone();
                self.contact(|directory, notes| Outcome::NotConnected { directory, detail, notes });
            }
            Happening::HostFinished { outcome, milliseconds } => {
                self.work = Work::Untouched;
                self.removed = false;
                self.has_outcome = true;
                self.awaits = self.is_awaited && matches!(outcome, Outcome::Installed { .. });
                record.outcome = outcome.clone();
                record.finished = Some(event.at);
                record.took = Some(Duration::from_millis(*milliseconds));
            }
            _ => {}
        }
    }

    /// The site knows more of a client than its host does.
    fn contact(&mut self, outcome: impl FnOnce(Option<String>, Vec<Note>) -> Outcome) {
        self.awaits = false;
        if let (Outcome::Installed { directory, notes }, true) = (&mut self.record.outcome, self.has_outcome)
        {
            self.record.outcome = outcome(directory.take(), std::mem::take(notes));
        }
    }

    /// A client that no longer is as it should be was not installed well.
    fn recheck(&mut self, missing: &[String], unseen: bool) {
        let installed = self.has_outcome
            && matches!(self.record.outcome, Outcome::Installed { .. } | Outcome::Connected { .. });
        self.awaits &= missing.is_empty();
        if installed && unseen {
            let detail = format!("after the soak time {}", missing.join(", "));
            self.record.outcome = Outcome::Unknown { phase: Phase::Verify, detail };
        } else if installed && !missing.is_empty() {
            self.record.outcome = Outcome::Failed {
                phase: Phase::Verify,
                class: Class::NotRunning,
                detail: format!("looked at again after the soak time: {}", missing.join(", ")),
                tail: String::new(),
            };
        }
    }

    fn close(mut self, task: Task, reason: &str) -> HostRecord {
        // An earlier outcome says nothing about what was started after it.
        let (phase, detail) = match self.work {
            Work::Untouched if self.has_outcome => return self.record,
            Work::Untouched => {
                self.record.outcome = Outcome::NotStarted { reason: reason.to_owned() };
                return self.unfinished();
            }
            Work::Ready if task == Task::Uninstall => (Phase::Remove, REMOVAL_RAN),
            Work::Removing => (Phase::Remove, REMOVAL_RAN),
            Work::RemovalEnded => (Phase::Remove, REMOVAL_ENDED),
            Work::Ready | Work::Installing => (Phase::Install, INSTALL_RAN),
            Work::InstallEnded => (Phase::Verify, INSTALL_ENDED),
        };
        self.record.outcome = Outcome::Unknown { phase, detail: detail.to_owned() };
        self.unfinished()
    }

    /// The same while somebody is still at it.
    fn at_work(self, task: Task) -> HostRecord {
        if self.work == Work::Untouched && self.has_outcome {
            return self.record;
        }
        let visited = self.record.started.is_some();
        let closed = self.close(task, if visited { VISITED } else { WAITING });
        match closed.outcome {
            Outcome::Unknown { phase, .. } => {
                HostRecord { outcome: Outcome::Unknown { phase, detail: VISITED.to_owned() }, ..closed }
            }
            _ => closed,
        }
    }

    fn unfinished(mut self) -> HostRecord {
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
