//! How is a client taken off a host, and how is it known to be gone?

use std::cell::{Cell, RefCell};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::bench::{Bench, Trouble};
use super::permit::permit;
use super::visit::{FIRST_PAUSE, LONGEST_PAUSE, Visit, milliseconds};
use crate::model::{Class, Happening, Observation, Outcome, Phase, Rule, Standing, Step, Trace};
use crate::transport::{Failure, Session};

/// How long a client may take to go once its removal has ended.
const GONE_DEADLINE: Duration = Duration::from_secs(30);

/// How long a removal whose connection was lost is given to end by itself.
const SETTLE_DEADLINE: Duration = Duration::from_secs(20);

/// Which client is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The one that the plan's host has by the plan's own words.
    Own,
    /// Another one, in whose place the host's own comes.
    Other,
}

impl Target {
    fn steps<'a>(self, bench: &Bench<'a>) -> &'a [Step] {
        match self {
            Self::Own => &bench.invocation().remove,
            Self::Other => &bench.invocation().replace,
        }
    }

    /// What is left of it. An installer stops at any client, so of another one nothing may be left.
    fn left(self, bench: &Bench<'_>, seen: &Observation) -> Vec<Trace> {
        match self {
            Self::Own => bench.own(seen),
            Self::Other => {
                let registered = seen.fact("other_site").map(|site| Trace {
                    rule: Rule::Registry,
                    evidence: format!("the uninstall entry of {site}'s client"),
                });
                seen.traces.iter().cloned().chain(registered).collect()
            }
        }
    }
}

/// Whether the client itself is there, and not only what we put beside it.
fn is_client(trace: &Trace) -> bool {
    matches!(trace.rule, Rule::InstallDirectory | Rule::Process | Rule::OtherGeneration)
}

/// Traces in a few words.
fn named(traces: &[Trace]) -> String {
    let name = |trace: &Trace| match trace.rule {
        Rule::Process => format!("process `{}`", trace.evidence),
        _ => trace.evidence.clone(),
    };
    traces.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl Visit {
    /// Removes the host's client, if it has one and the plan means it, and then its record on the site.
    pub(super) fn uninstall(&self, bench: &Bench<'_>, session: Session) -> Result<Outcome, Trouble> {
        self.off_the_host(bench, session).map(|outcome| self.both_sides(bench, outcome))
    }

    fn off_the_host(&self, bench: &Bench<'_>, mut session: Session) -> Result<Outcome, Trouble> {
        let seen = self.observe(bench, &mut session)?.observation;
        let own = bench.own(&seen);
        if own.is_empty() {
            let outcome = self.nothing_to_remove(bench, &seen);
            // What an earlier visit has begun came to its end since, with its files still there.
            return Ok(match self.standing.get() {
                Standing::Begun => self.sweep_after(bench, &mut session, outcome),
                _ => outcome,
            });
        }
        if let Some(why) = bench.spared(&seen) {
            return Ok(Outcome::AlreadyAbsent { why });
        }
        if self.crew.stop.is_asked() {
            return Ok(self.not_started());
        }
        self.in_time(bench, &mut session)?;
        if self.crew.plan.rules.clean_left_overs
            && let Some(folder) = bench.installer.left_over(&seen)
        {
            bench.tidy(&mut session, Phase::Remove)?;
            return Ok(Outcome::Removed { directory: Some(folder), notes: Vec::new() });
        }
        self.guard(bench)?;
        let directory = own.into_iter().find(|trace| trace.rule == Rule::InstallDirectory);
        let directory = directory.map(|trace| self.crew.secrets.mask(&trace.evidence).into_owned());
        let mut session = self.clear(bench, session, Target::Own)?;
        // The host did what was wanted, whether or not it can be asked once more.
        let seen = bench.look(&mut session).map(|look| look.observation).unwrap_or_default();
        let notes = bench.installer.notes(self.status.get(), &seen);
        Ok(Outcome::Removed { directory, notes })
    }

    /// Removes another client and installs the host's own in its place.
    pub(super) fn replace(&self, bench: &Bench<'_>, mut session: Session) -> Result<Outcome, Trouble> {
        self.guard(bench).map_err(|trouble| self.swept(bench, &mut session, trouble))?;
        let session = self.clear(bench, session, Target::Other)?;
        self.install(bench, session)
    }

    fn nothing_to_remove(&self, bench: &Bench<'_>, seen: &Observation) -> Outcome {
        // Nobody else takes away what this run has begun to remove.
        if self.standing.get() == Standing::Begun {
            return Outcome::Removed { directory: None, notes: Vec::new() };
        }
        let foreign: Vec<Trace> = seen.traces.iter().filter(|trace| is_client(trace)).cloned().collect();
        let why = match foreign.is_empty() {
            true => String::new(),
            false => format!("a client is there that is not this plan's: {}", named(&foreign)),
        };
        let why = bench.crew.secrets.mask(&why).into_owned();
        Outcome::AlreadyAbsent { why }
    }

    /// Removes the client and sees to it that nothing is left; else the host's outcome.
    fn clear(&self, bench: &Bench<'_>, mut session: Session, target: Target) -> Result<Session, Trouble> {
        let started = Cell::new(None);
        let cleared = match self.take_away(bench, &mut session, target, &started) {
            Ok(()) => Ok(session),
            Err(Trouble::Transport(_, failure)) if started.get().is_some() => {
                drop(session);
                self.clear_again(bench, target, &failure, &started)
            }
            Err(trouble) => Err(self.swept(bench, &mut session, trouble)),
        };
        let milliseconds = started.get().map_or(0, |started| milliseconds(started.elapsed()));
        let ended = Happening::RemovalEnded { milliseconds };
        if cleared.is_ok() && !self.crew.recorder.note_durably(Some(&bench.host.name), ended) {
            return Err(Trouble::Unrecorded);
        }
        cleared
    }

    /// The connection was lost during the removal: only the host knows how far it came.
    fn clear_again(
        &self,
        bench: &Bench<'_>,
        target: Target,
        lost: &Failure,
        started: &Cell<Option<Instant>>,
    ) -> Result<Session, Trouble> {
        let mut session = self.reach_again(bench, Phase::Remove, &lost.detail)?;
        let settled = self.await_gone(bench, &mut session, target, is_client, SETTLE_DEADLINE);
        let done = settled.and_then(|left| {
            if lost.class == Class::Timeout && !left.is_empty() {
                let detail = format!("{}; still there: {}", lost.detail, named(&left));
                return Err(Trouble::Ends(bench.ends(Phase::Remove, lost.class, detail, String::new())));
            }
            self.take_away(bench, &mut session, target, started)
        });
        match done {
            Ok(()) => Ok(session),
            Err(Trouble::Transport(_, failure)) => {
                let detail = format!("{}; then {}", lost.detail, failure.detail);
                Err(Trouble::Ends(self.unknown(Phase::Remove, &detail)))
            }
            Err(trouble) => Err(self.swept(bench, &mut session, trouble)),
        }
    }

    /// Goes through the steps of the removal, each of which may be repeated, and looks until nothing is left.
    fn take_away(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        target: Target,
        started: &Cell<Option<Instant>>,
    ) -> Result<(), Trouble> {
        for (place, step) in target.steps(bench).iter().enumerate() {
            let done = match place {
                0 => self.begin(bench, session, target, step, started)?,
                _ => bench.step(session, Phase::Remove, step).map(drop),
            };
            match done {
                Err(Trouble::Ends(outcome)) => self.forgiven(bench, session, target, outcome)?,
                done => done?,
            }
        }
        let left = self.await_gone(bench, session, target, |_| true, GONE_DEADLINE)?;
        if left.is_empty() {
            return Ok(());
        }
        let detail = format!("after the removal there is still {}", named(&left));
        Err(Trouble::Ends(bench.ends(Phase::Verify, Class::StillThere, detail, String::new())))
    }

    /// The first step, which starts with a permit; the outer error is that it did not start.
    fn begin(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        target: Target,
        step: &Step,
        started: &Cell<Option<Instant>>,
    ) -> Result<Result<(), Trouble>, Trouble> {
        // A host may wait long for its permit; what has begun is brought to its end.
        let is_begun = started.get().is_some();
        let (is_asked, interrupted) = (Cell::new(is_begun), RefCell::new(None));
        let is_free = |is_there: &dyn Fn() -> bool| {
            if !is_asked.replace(true) {
                interrupted.replace(self.interrupted(bench));
            }
            interrupted.borrow().is_none() && is_there()
        };
        let mut ask = |is_there: &dyn Fn() -> bool| {
            let is_free = || is_free(is_there);
            let permit = permit(bench, &self.pace, &is_free, |waited| Happening::RemovalStarted { waited })?;
            started.set(Some(Instant::now()));
            if target == Target::Own {
                self.standing.set(Standing::Begun);
            }
            Some(permit)
        };
        match bench.gated(session, Phase::Remove, step, &mut ask, self.pace.permits()) {
            Ok(Some(finished)) => {
                self.status.set(Some(finished.status));
                Ok(bench.succeeded(Phase::Remove, step, finished).map(drop))
            }
            Ok(None) => Err(interrupted.take().unwrap_or_else(|| Trouble::Ends(self.not_started()))),
            Err(Trouble::Transport(_, failure)) if !failure.started => {
                Err(Trouble::Transport(Phase::Permit, failure))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// A step that failed over a client that is gone has nothing to fail over.
    fn forgiven(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        target: Target,
        outcome: Outcome,
    ) -> Result<(), Trouble> {
        let left = target.left(bench, &bench.look(session)?.observation);
        if !left.iter().any(is_client) {
            return Ok(());
        }
        let Outcome::Failed { phase, detail, tail, .. } = outcome else { return Err(Trouble::Ends(outcome)) };
        let detail = format!("{detail}; still there: {}", named(&left));
        Err(Trouble::Ends(bench.ends(phase, Class::StillThere, detail, tail)))
    }

    /// Looks until nothing is left of what counts, or time is up; what is left then.
    fn await_gone(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        target: Target,
        counts: fn(&Trace) -> bool,
        patience: Duration,
    ) -> Result<Vec<Trace>, Trouble> {
        let give_up = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let observation = bench.look(session)?.observation;
            let mut left = target.left(bench, &observation);
            left.retain(counts);
            if left.is_empty() || Instant::now() >= give_up {
                bench.note(Happening::Probed { observation: bench.masked(observation) })?;
                return Ok(left);
            }
            sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_named() {
        let trace = |rule, evidence: &str| Trace { rule, evidence: evidence.to_owned() };
        let left = [trace(Rule::InstallDirectory, "/opt/x"), trace(Rule::Process, "bomgar-pec")];
        assert_eq!(named(&left), "/opt/x, process `bomgar-pec`");
        assert!(left.iter().all(is_client));
        for rule in [Rule::Service, Rule::MarkerFile] {
            assert!(!is_client(&trace(rule, "x")), "{rule}");
        }
    }
}
