//! What happens to one host, from the connection to the last sweep?

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bench::{Bench, Look, Trouble};
use super::known;
use super::permit::permit;
use super::told::printed;
use super::{Admission, Crew, Pace, Policy, Rest};
use crate::installer::{End, observe};
use crate::model::{Class, Happening, Observation, Outcome, Phase, Rule, Standing};
use crate::transport::{Failure, Session};

/// The first and the longest pause between two looks.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One visit to one host; plain blocking code.
pub struct Visit {
    pub(super) crew: Arc<Crew>,
    pub(super) pace: Pace,
    host: usize,
    attempt: u32,
    /// How far the host has come, as this visit goes on.
    pub(super) standing: Cell<Standing>,
    /// The exit code of the installer or the removal, once it has ended.
    pub(super) status: Cell<Option<i32>>,
}

/// The outcome of a host on which jumpfleet itself failed before anything was started.
pub fn fault() -> Outcome {
    Outcome::Failed {
        phase: Phase::Connect,
        class: Class::Internal,
        detail: "jumpfleet itself failed on this host: please report it".to_owned(),
        tail: String::new(),
    }
}

/// Another visit, as soon as the policy finds the window open.
pub(super) fn early() -> Happening {
    Happening::RetryPlanned {
        phase: Phase::Permit,
        class: Class::WindowShut,
        detail: "its maintenance window is not open yet".to_owned(),
        delay: 0,
        standing: Standing::Fresh,
    }
}

/// Whole milliseconds, as events have them.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Connects and looks, without touching anything.
pub fn look(crew: &Crew, host: usize) -> Result<Observation, Outcome> {
    let bench = Bench::new(crew, host);
    let looked = bench.connect().and_then(|mut session| bench.look(&mut session));
    looked.map(|look| bench.masked(look.observation)).map_err(|trouble| match trouble {
        Trouble::Ends(outcome) => outcome,
        Trouble::Transport(phase, failure) => bench.outcome_of(phase, failure),
        Trouble::Early | Trouble::Again(_) | Trouble::Unrecorded => fault(),
    })
}

impl Visit {
    /// A visit to the host at this place of the plan.
    pub fn new(crew: Arc<Crew>, pace: Pace, host: usize, attempt: u32, standing: Standing) -> Self {
        Self { crew, pace, host, attempt, standing: Cell::new(standing), status: Cell::new(None) }
    }

    /// Makes the visit and writes down how it ended: with an outcome, or that it is made again.
    pub fn make(&self) {
        let begun = Instant::now();
        let bench = Bench::new(&self.crew, self.host);
        let finished =
            |outcome| Happening::HostFinished { outcome, milliseconds: milliseconds(begun.elapsed()) };
        let what = match self.carry_out(&bench) {
            Ok(outcome) | Err(Trouble::Ends(outcome)) => {
                self.turned_away(&outcome).unwrap_or_else(|| finished(outcome))
            }
            Err(Trouble::Transport(phase, failure)) => {
                self.put_off(phase, &failure).unwrap_or_else(|| finished(self.left(&bench, phase, failure)))
            }
            Err(Trouble::Early) => early(),
            Err(Trouble::Again(what)) => *what,
            Err(Trouble::Unrecorded) => return,
        };
        if matches!(what, Happening::HostFinished { .. }) {
            if let Some(detail) = bench.left() {
                self.crew.recorder.note(Some(&bench.host.name), Happening::LeftBehind { detail });
            }
            self.crew.recorder.note_durably(Some(&bench.host.name), what);
        } else {
            self.crew.recorder.note(Some(&bench.host.name), what);
        }
    }

    /// The event of another visit after an installer was turned away as a whole; any other outcome stays.
    fn turned_away(&self, outcome: &Outcome) -> Option<Happening> {
        let Outcome::Failed { phase, class, detail, .. } = outcome else { return None };
        match self.rest(*phase, *class) {
            // It was swept, so that nothing of this try is left.
            Rest::Again(delay) if !self.crew.stop.is_asked() => Some(Happening::RetryPlanned {
                phase: *phase,
                class: *class,
                detail: detail.clone(),
                delay: milliseconds(delay),
                standing: Standing::Fresh,
            }),
            _ => None,
        }
    }

    /// The event of another visit after a failure of the transport, if one is worth it and nobody wants a stop.
    fn put_off(&self, phase: Phase, failure: &Failure) -> Option<Happening> {
        if self.crew.stop.is_asked() {
            return None;
        }
        let class = failure.cause.unwrap_or(failure.class);
        let detail = self.crew.secrets.mask(&failure.detail).into_owned();
        match self.rest(phase, class) {
            Rest::Again(delay) => {
                let (delay, standing) = (milliseconds(delay), self.standing.get());
                Some(Happening::RetryPlanned { phase, class, detail, delay, standing })
            }
            Rest::Away(delay) => Some(Happening::HostAway { class, detail, delay: milliseconds(delay) }),
            Rest::End => None,
        }
    }

    /// A host is looked at at any hour when its install may have begun; if it had not, it waits like any other.
    pub(super) fn in_time(&self, bench: &Bench<'_>, session: &mut Session) -> Result<(), Trouble> {
        let is_early = |policy: &mut Policy, now| policy.is_early(self.host, now);
        if !self.crew.recorder.ask(is_early).unwrap_or(false) {
            return Ok(());
        }
        if self.standing.get() != Standing::Fresh {
            bench.sweep(session);
        }
        Err(Trouble::Early)
    }

    fn rest(&self, phase: Phase, class: Class) -> Rest {
        let decide = |policy: &mut Policy, now| policy.rest(self.host, phase, class, now);
        self.crew.recorder.ask(decide).unwrap_or(Rest::End)
    }

    /// The outcome of a host that is left after a failure of the transport.
    fn left(&self, bench: &Bench<'_>, phase: Phase, failure: Failure) -> Outcome {
        match self.standing.get() {
            // Nobody could look, and its installer may have run: that stays open.
            Standing::Begun => return self.unknown(phase, &failure.detail),
            Standing::Staged => {
                let detail = "the staged files, for the host was lost".to_owned();
                self.crew.recorder.note(Some(&bench.host.name), Happening::LeftBehind { detail });
            }
            Standing::Fresh | Standing::Finished => {}
        }
        // Only the stop kept it from another visit, which a resumed run makes.
        let class = failure.cause.unwrap_or(failure.class);
        if self.crew.stop.is_asked() && self.rest(phase, class) != Rest::End {
            return self.not_started();
        }
        bench.outcome_of(phase, failure)
    }

    /// The outcome of a host on which jumpfleet itself failed during this visit.
    pub fn fault(&self) -> Outcome {
        match (self.standing.get(), fault()) {
            (Standing::Begun, Outcome::Failed { detail, .. }) => {
                let installs = self.crew.plan.task.installs();
                self.unknown(if installs { Phase::Install } else { Phase::Remove }, &detail)
            }
            (_, outcome) => outcome,
        }
    }

    fn carry_out(&self, bench: &Bench<'_>) -> Result<Outcome, Trouble> {
        bench.note(Happening::VisitStarted { attempt: self.attempt })?;
        let begun = Instant::now();
        let mut session = bench.connect()?;
        let milliseconds = milliseconds(begun.elapsed());
        bench.note(Happening::Connected { milliseconds })?;
        if !self.crew.plan.task.installs() {
            return self.uninstall(bench, session);
        }
        let Look { observation, log } = self.observe(bench, &mut session)?;
        match self.own_install(bench, &observation) {
            Own::None => {}
            Own::Running => return self.await_own(bench, session),
            Own::Ended(status) => return self.after(bench, &mut session, status, &log),
            Own::Traces => return self.finish(bench, &mut session),
        }
        let replaced = bench.replaced(&observation);
        let left_over = bench.installer.left_over(&observation);
        if let (Some(folder), false) = (&left_over, self.crew.plan.rules.clean_left_overs) {
            let detail =
                format!("{folder} is there, and nothing else of a client: a try that failed left it");
            let outcome = bench.ends(Phase::Probe, Class::LeftOver, detail, String::new());
            return Ok(self.sweep_staged(bench, &mut session, outcome));
        }
        if let (Some(trace), None, None) = (bench.duplicate(&observation), &replaced, &left_over) {
            let outcome = bench.present(&trace, &observation);
            // An earlier process may have staged files and died before that was written down.
            return Ok(match self.crew.resumed {
                true => self.sweep_after(bench, &mut session, outcome),
                false => self.sweep_staged(bench, &mut session, outcome),
            });
        }
        if let Some(outcome) = known::kept(bench, replaced.is_some()) {
            return Ok(self.sweep_staged(bench, &mut session, outcome));
        }
        if let Some((class, detail)) = bench.unfit(&observation) {
            let outcome = bench.ends(Phase::Probe, class, detail, String::new());
            return Ok(self.sweep_staged(bench, &mut session, outcome));
        }
        if self.crew.stop.is_asked() && !self.is_bare() {
            return Ok(self.sweep_staged(bench, &mut session, self.not_started()));
        }
        self.in_time(bench, &mut session)?;
        self.standing.set(self.standing.get().max(Standing::Staged));
        let staged = bench.stage(&mut session).and_then(|sent| {
            if left_over.is_some() {
                bench.tidy(&mut session, Phase::Stage)?;
            }
            bench.ready(&mut session).map(|()| sent)
        });
        let sent = match staged {
            Ok(sent) => sent,
            Err(Trouble::Ends(outcome)) => return Ok(self.sweep_after(bench, &mut session, outcome)),
            // The host still listens, and what came half onto a full disk must not stay there.
            Err(Trouble::Transport(phase, failure)) if failure.class != Class::ConnectionLost => {
                let outcome = bench.outcome_of(phase, failure);
                return Ok(self.sweep_after(bench, &mut session, outcome));
            }
            Err(trouble) => return Err(trouble),
        };
        bench.note(Happening::Staged { sent })?;
        match replaced {
            None => self.install(bench, session),
            Some(_) => self.replace(bench, session),
        }
    }

    pub(super) fn observe(&self, bench: &Bench<'_>, session: &mut Session) -> Result<Look, Trouble> {
        let look = bench.look(session)?;
        bench.note(Happening::Probed { observation: bench.masked(look.observation.clone()) })?;
        Ok(look)
    }

    /// What this run's own installer left on the host.
    pub(super) fn own_install(&self, bench: &Bench<'_>, observation: &Observation) -> Own {
        if observation.fact("installer_running") == Some("yes") {
            return Own::Running;
        }
        if let Some(status) = observation.fact("installer_status").and_then(|status| status.parse().ok()) {
            return Own::Ended(status);
        }
        let marked = |trace: &crate::model::Trace| trace.rule != Rule::OtherGeneration;
        // Begun, with nothing in the staging folder but a client there: it was swept before it was marked.
        if self.standing.get() == Standing::Begun
            && bench.duplicate(observation).is_some_and(|trace| marked(&trace))
        {
            return Own::Traces;
        }
        Own::None
    }

    pub(super) fn install(&self, bench: &Bench<'_>, mut session: Session) -> Result<Outcome, Trouble> {
        // From here on this host is looked at first, whatever happens to this process.
        if !self.crew.recorder.note_durably(Some(&bench.host.name), Happening::InstallReady) {
            return Err(Trouble::Unrecorded);
        }
        let mut started = Instant::now();
        let mut ask = |is_there: &dyn Fn() -> bool| {
            let permit = permit(bench, &self.pace, is_there, |waited| Happening::InstallStarted { waited })?;
            started = Instant::now();
            self.standing.set(Standing::Begun);
            Some(permit)
        };
        match bench.install(&mut session, &mut ask, self.pace.permits()) {
            Ok(None) => Ok(self.sweep_after(bench, &mut session, self.not_started())),
            Ok(Some(finished)) => match observe::status(&finished.stdout) {
                Some(status) => {
                    let milliseconds = milliseconds(started.elapsed());
                    bench.note(Happening::InstallEnded { status, milliseconds })?;
                    self.after(bench, &mut session, status, &printed(&finished))
                }
                None => self.refused(bench, session, &finished),
            },
            Err(Trouble::Transport(_, failure)) if !failure.started => {
                Err(self.swept(bench, &mut session, Trouble::Transport(Phase::Permit, failure)))
            }
            Err(Trouble::Transport(_, failure)) => {
                drop(session);
                self.look_again(bench, failure.class, &failure.detail)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// The installer ended: its exit code is a claim, to be explained or proved.
    pub(super) fn after(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        status: i32,
        printed: &str,
    ) -> Result<Outcome, Trouble> {
        self.status.set(Some(status));
        if bench.invocation().install.success.contains(&status) {
            return self.finish(bench, session);
        }
        if bench.installer.ended(status) == End::Present {
            let observation = self.observe(bench, session)?.observation;
            if let Some(trace) = bench.duplicate(&observation) {
                let outcome = bench.present(&trace, &observation);
                return Ok(self.sweep_after(bench, session, outcome));
            }
        }
        let outcome = bench.installer_failed(session, status, printed);
        Ok(self.sweep_after(bench, session, outcome))
    }

    /// Sweeps what an earlier visit may have left.
    fn sweep_staged(&self, bench: &Bench<'_>, session: &mut Session, outcome: Outcome) -> Outcome {
        if self.standing.get() == Standing::Fresh {
            outcome
        } else {
            self.sweep_after(bench, session, outcome)
        }
    }

    pub(super) fn sweep_after(&self, bench: &Bench<'_>, session: &mut Session, outcome: Outcome) -> Outcome {
        bench.sweep(session);
        outcome
    }

    /// The same trouble of an install, with what was staged taken away where no other visit wants it.
    pub(super) fn swept(&self, bench: &Bench<'_>, session: &mut Session, trouble: Trouble) -> Trouble {
        let is_last = |phase, failure: &Failure| {
            let listens = failure.class != Class::ConnectionLost;
            listens && self.standing.get() == Standing::Staged && self.put_off(phase, failure).is_none()
        };
        match trouble {
            trouble if !self.crew.plan.task.installs() => trouble,
            Trouble::Ends(outcome) => Trouble::Ends(self.sweep_after(bench, session, outcome)),
            Trouble::Transport(phase, failure) if is_last(phase, &failure) => {
                if bench.swept(session).is_ok() {
                    self.standing.set(Standing::Fresh);
                }
                Trouble::Transport(phase, failure)
            }
            trouble => trouble,
        }
    }

    pub(super) fn unknown(&self, phase: Phase, detail: &str) -> Outcome {
        Outcome::Unknown { phase, detail: self.crew.secrets.mask(detail).into_owned() }
    }

    pub(super) fn not_started(&self) -> Outcome {
        let closed = |policy: &mut Policy, now| match policy.admits(self.host, now) {
            Admission::Closed => Some(policy.closed_reason(self.host, now)),
            _ => None,
        };
        let reason = match self.crew.stop.reason() {
            Some(reason) => Some(reason.to_owned()),
            None => self.crew.recorder.ask(closed).flatten(),
        };
        let reason = reason.unwrap_or_else(|| "stopped".to_owned());
        let bare = "the client that was there before is removed already";
        Outcome::NotStarted { reason: if self.is_bare() { format!("{reason}; {bare}") } else { reason } }
    }

    /// Whether the host's old client was removed in this run, and the new one is not installed yet.
    fn is_bare(&self) -> bool {
        self.crew.recorder.ask(|policy, _| policy.is_bare(self.host)).unwrap_or(false)
    }
}

/// What this run's own installer left on a host.
pub(super) enum Own {
    /// Nothing.
    None,
    /// It still runs.
    Running,
    /// It ended with this exit code.
    Ended(i32),
    /// Its client is there, but the staging folder is gone.
    Traces,
}
