//! Is the client really there after its installer, and does it run?

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::bench::{Bench, Trouble};
use super::visit::{FIRST_PAUSE, LONGEST_PAUSE, Visit};
use crate::installer::codes;
use crate::model::{Class, Happening, Observation, Outcome, Phase, Rule};
use crate::transport::Session;

/// How long the proof may take: installers return before their clients have started.
const PROOF_DEADLINE: Duration = Duration::from_secs(60);

/// How long an installer that says it succeeded may take to leave its directory.
const TRACE_DEADLINE: Duration = Duration::from_secs(10);

/// How long a client must have stayed up to be believed: one that is refused removes itself.
const STEADY: Duration = Duration::from_secs(2);

impl Visit {
    /// Starts the client, proves it, leaves the mark, sweeps.
    pub(super) fn finish(&self, bench: &Bench<'_>, session: &mut Session) -> Result<Outcome, Trouble> {
        let give_up = Instant::now() + self.patience(bench);
        loop {
            match self.start_and_prove(bench, session) {
                Ok(outcome) | Err(Trouble::Ends(outcome)) => {
                    return self.sweep_finished(bench, session, outcome);
                }
                // It restarts, or did while it was looked at.
                Err(Trouble::Transport(phase, failure))
                    if bench.installer.may_restart() && Instant::now() < give_up =>
                {
                    *session = self.reach_again(bench, phase, &failure.detail)?;
                }
                // The client is installed and was not seen running; a resumed run looks again.
                Err(Trouble::Transport(phase, failure)) => return Ok(self.unknown(phase, &failure.detail)),
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Sweeps, also when the host goes down for its restart meanwhile.
    fn sweep_finished(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
        outcome: Outcome,
    ) -> Result<Outcome, Trouble> {
        match bench.swept(session) {
            Ok(()) => {}
            Err(Trouble::Transport(phase, failure)) if self.wants_restart() => {
                match self.reach_again(bench, phase, &failure.detail) {
                    Ok(reached) => *session = reached,
                    // What it is proved to be stays, and what lies there is told.
                    Err(Trouble::Ends(_)) => {}
                    Err(trouble) => return Err(trouble),
                }
                bench.sweep(session);
            }
            Err(trouble) => bench.left_behind(trouble),
        }
        Ok(outcome)
    }

    /// Whether the installer said that it has begun a restart.
    fn wants_restart(&self) -> bool {
        self.status.get().is_some_and(codes::has_begun_restart)
    }

    fn start_and_prove(&self, bench: &Bench<'_>, session: &mut Session) -> Result<Outcome, Trouble> {
        if let Some(outcome) = self.nothing_there(bench, session)? {
            return Ok(outcome);
        }
        for step in &bench.invocation().start {
            if let Err(trouble) = bench.step(session, Phase::Start, step) {
                return Err(self.start_failed(bench, trouble));
            }
        }
        bench.note(Happening::ClientStarted)?;
        let observation = match self.prove(bench, session)? {
            Ok(observation) => observation,
            Err(missing) => {
                let mut detail = format!("after the install {}", missing.join(", "));
                if self.status.get().is_some_and(codes::wants_restart) {
                    detail += "; its installer asks for a restart of the host, which may bring it up";
                }
                return Ok(bench.ends(Phase::Verify, Class::NotRunning, detail, String::new()));
            }
        };
        bench.step(session, Phase::Verify, &bench.invocation().mark)?;
        // Another site's client may have one too.
        let own = bench.own(&observation).into_iter().find(|trace| trace.rule == Rule::InstallDirectory);
        let directory = own.map(|trace| self.crew.secrets.mask(&trace.evidence).into_owned());
        let notes = bench.installer.notes(self.status.get(), &observation);
        Ok(Outcome::Installed { directory, notes })
    }

    /// An installer that says it succeeded and left no directory did not succeed.
    fn nothing_there(&self, bench: &Bench<'_>, session: &mut Session) -> Result<Option<Outcome>, Trouble> {
        let give_up = Instant::now() + TRACE_DEADLINE;
        let mut pause = FIRST_PAUSE;
        loop {
            let observation = bench.look(session)?.observation;
            if bench.is_there(&observation) {
                return Ok(None);
            }
            if Instant::now() >= give_up {
                let detail = "the installer said that it succeeded, but there is no client".to_owned();
                let class = bench.installer.nothing_there();
                return Ok(Some(bench.ends(Phase::Verify, class, detail, String::new())));
            }
            sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A client that starts after its installer's expiry removes itself; that is worth its own class.
    fn start_failed(&self, bench: &Bench<'_>, trouble: Trouble) -> Trouble {
        let Trouble::Ends(Outcome::Failed { phase, class, detail, tail }) = trouble else { return trouble };
        let class = match bench.installer.explain(1, &tail) {
            Class::InstallerExpired => Class::InstallerExpired,
            _ => class,
        };
        Trouble::Ends(Outcome::Failed { phase, class, detail, tail })
    }

    /// Looks until everything that proves a running client is there and stays, or says what is missing.
    fn prove(
        &self,
        bench: &Bench<'_>,
        session: &mut Session,
    ) -> Result<Result<Observation, Vec<String>>, Trouble> {
        let give_up = Instant::now() + PROOF_DEADLINE;
        let mut pause = FIRST_PAUSE;
        let mut proven = false;
        loop {
            let observation = bench.look(session)?.observation;
            let missing = bench.installer.missing(&bench.treatment.shape, &observation);
            if missing.is_empty() && proven {
                bench.note(Happening::Probed { observation: bench.masked(observation.clone()) })?;
                return Ok(Ok(observation));
            }
            if !missing.is_empty() && Instant::now() >= give_up {
                return Ok(Err(missing));
            }
            proven = missing.is_empty();
            sleep(if proven { STEADY } else { pause });
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
