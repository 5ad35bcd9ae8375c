//! What became of an installer that nobody watched to its end? Only the host knows.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::bench::{Bench, Look, Trouble};
use super::policy::may_pass;
use super::visit::{FIRST_PAUSE, LONGEST_PAUSE, Own, Visit, milliseconds};
use crate::model::{Class, Happening, Outcome, Phase};
use crate::transport::{Failure, Finished, Session};

/// How long and how often a host is tried again after it was lost during its install, where no installer restarts it.
pub(super) const LOST_DEADLINE: Duration = Duration::from_secs(90);
const LOST_REST: Duration = Duration::from_secs(3);

/// How many looks it takes to believe that an installer did not begin.
const LOOKS_FOR_NOTHING: u32 = 5;

/// The exit code of a wrapper that found another client, or another run's installer.
const ANOTHER: i32 = 76;

/// Connects once more to a host that was lost, with patience; `away` hears of each try that failed and is not the last.
pub(super) fn reach_again(
    bench: &Bench<'_>,
    patience: Duration,
    mut away: impl FnMut(&Failure) -> Result<(), Trouble>,
) -> Result<Session, Trouble> {
    let give_up = Instant::now() + patience;
    loop {
        match bench.connect() {
            Err(Trouble::Transport(phase, failure)) => {
                let class = failure.cause.unwrap_or(failure.class);
                if Instant::now() >= give_up || !may_pass(class) {
                    return Err(Trouble::Transport(phase, failure));
                }
                away(&failure)?;
                sleep(LOST_REST.min(give_up.saturating_duration_since(Instant::now())));
            }
            reached => return reached,
        }
    }
}

impl Visit {
    /// The connection was lost, or the installer took too long: only the host knows what became of it.
    pub(super) fn look_again(
        &self,
        bench: &Bench<'_>,
        class: Class,
        detail: &str,
    ) -> Result<Outcome, Trouble> {
        match self.reach_again(bench, Phase::Install, detail) {
            Ok(session) if class == Class::Timeout => self.abandon(bench, session, detail),
            Ok(session) => self.await_own(bench, session),
            Err(trouble) => Err(trouble),
        }
    }

    /// Connects once more to a host that was lost in this phase, with patience; else its outcome is unknown.
    pub(super) fn reach_again(
        &self,
        bench: &Bench<'_>,
        phase: Phase,
        detail: &str,
    ) -> Result<Session, Trouble> {
        let patience = self.patience(bench);
        let mut is_told = !bench.installer.may_restart();
        let tell = |failure: &Failure| {
            if std::mem::replace(&mut is_told, true) {
                return Ok(());
            }
            let detail = self.crew.secrets.mask(&failure.detail).into_owned();
            bench.note(Happening::HostLost { detail, limit: milliseconds(patience) })
        };
        reach_again(bench, patience, tell).map_err(|trouble| match trouble {
            Trouble::Transport(_, failure) => {
                Trouble::Ends(self.unknown(phase, &format!("{detail}; then {}", failure.detail)))
            }
            trouble => trouble,
        })
    }

    /// How long a lost host is waited for.
    pub(super) fn patience(&self, bench: &Bench<'_>) -> Duration {
        if bench.installer.may_restart() { self.crew.restart_deadline } else { LOST_DEADLINE }
    }

    /// The wrapper refused before it began: an earlier start came late, or its words say why.
    pub(super) fn refused(
        &self,
        bench: &Bench<'_>,
        mut session: Session,
        finished: &Finished,
    ) -> Result<Outcome, Trouble> {
        let give_up = Instant::now() + LOST_DEADLINE;
        let mut pause = FIRST_PAUSE;
        loop {
            let Look { observation, log } = self.observe(bench, &mut session)?;
            match self.own_install(bench, &observation) {
                Own::Running => return self.await_own(bench, session),
                Own::Ended(status) => return self.after(bench, &mut session, status, &log),
                Own::Traces | Own::None => {}
            }
            if finished.status != ANOTHER || Instant::now() >= give_up {
                let class = bench.class_of(finished);
                let detail = format!("the installer was not begun (exit code {})", finished.status);
                let outcome = bench.failed(Phase::Install, class, &detail, finished);
                return Ok(self.sweep_after(bench, &mut session, outcome));
            }
            if let Some(trace) = bench.duplicate(&observation) {
                let outcome = bench.present(&trace, &observation);
                return Ok(self.sweep_after(bench, &mut session, outcome));
            }
            // Another run's installer may be at work and have made nothing yet.
            sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until an installer that was started earlier has ended.
    pub(super) fn await_own(&self, bench: &Bench<'_>, mut session: Session) -> Result<Outcome, Trouble> {
        let give_up = Instant::now() + Duration::from_secs(bench.invocation().install.deadline.into());
        let mut pause = FIRST_PAUSE;
        let mut looks = 0;
        loop {
            looks += 1;
            let Look { observation, log } = match self.observe(bench, &mut session) {
                Ok(look) => look,
                // It answered while it was going down.
                Err(Trouble::Transport(_, failure))
                    if bench.installer.may_restart() && Instant::now() < give_up =>
                {
                    sleep(LOST_REST);
                    session = self.reach_again(bench, Phase::Install, &failure.detail)?;
                    continue;
                }
                Err(Trouble::Transport(_, failure)) => {
                    return Ok(self.unknown(Phase::Install, &failure.detail));
                }
                Err(trouble) => return Err(trouble),
            };
            match self.own_install(bench, &observation) {
                Own::Running if Instant::now() >= give_up => {
                    return self.abandon(bench, session, "the installer did not end before its deadline");
                }
                Own::Running => {
                    sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Own::Ended(status) => return self.after(bench, &mut session, status, &log),
                Own::Traces => return self.finish(bench, &mut session),
                Own::None if bench.duplicate(&observation).is_some() => {
                    return self.finish(bench, &mut session);
                }
                // The start may have reached the host a moment before the connection was lost.
                Own::None if looks < LOOKS_FOR_NOTHING => {
                    sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Own::None => {
                    let detail = "the connection was lost and the installer did not begin";
                    let failure = Failure::on_the_host(Class::ConnectionLost, detail);
                    return Err(Trouble::Transport(Phase::Permit, failure));
                }
            }
        }
    }

    /// Ends an installer that took too long, unless it has ended by itself meanwhile.
    fn abandon(&self, bench: &Bench<'_>, mut session: Session, detail: &str) -> Result<Outcome, Trouble> {
        let Look { observation, log } = self.observe(bench, &mut session)?;
        if let Own::Ended(status) = self.own_install(bench, &observation) {
            return self.after(bench, &mut session, status, &log);
        }
        if bench.step(&mut session, Phase::Install, &bench.invocation().abandon).is_err() {
            return Ok(self.unknown(Phase::Install, &format!("{detail}; it could not be ended")));
        }
        let detail = format!("{detail}; it was ended");
        let outcome = bench.ends(Phase::Install, Class::Timeout, detail, String::new());
        Ok(self.sweep_after(bench, &mut session, outcome))
    }
}
