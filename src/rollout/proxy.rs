//! How does a client on a host get another proxy, and how is it known that it reaches its site through it?

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Crew;
use super::bench::{Bench, LOOK_LIMIT, Trouble};
use super::visit::{FIRST_PAUSE, LONGEST_PAUSE, fault};
use crate::installer::settings_file::{self, Instance};
use crate::model::{Class, Outcome, Phase, Step};
use crate::proxy::{self, Fit, Proxy};
use crate::store::{Pacer, Permits};
use crate::transport::{Failure, Go, Session};

/// How long a connection must last: a proxy that turns the client away has one with it for a moment, too.
const STEADY: Duration = Duration::from_secs(2);

/// The longest time between two questions for a permit, so that a stop is heard.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// What is wanted of clients.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The proxy.
    pub proxy: Proxy,
    /// How long a restarted client may take to be connected again.
    pub wait: Duration,
    /// Whether user and password are written where nobody can tell whether they are the same.
    pub anew: bool,
}

impl Wish {
    /// Whether a client that is set like this is left as it is.
    pub fn is_granted(&self, fit: Fit) -> bool {
        fit == Fit::Yes || fit == Fit::Unread && !self.anew
    }
}

/// What became of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It goes through the wanted proxy by now, and is connected.
    Made,
    /// Its settings said so already.
    Needless(Fit),
    /// A stop was asked for before anything was done to it.
    NotStarted,
    /// It was not connected, so it has its old settings again; why.
    TakenBack(String),
    /// It may be neither here nor there: what happened.
    Failed(String),
}

/// Reads the settings of the clients on a host; nothing is changed.
pub fn read_clients(crew: &Crew, host: usize) -> Result<Vec<Instance>, Outcome> {
    let bench = Bench::new(crew, host);
    let looked = bench.connect().and_then(|mut session| look(&bench, &mut session));
    looked.map_err(|trouble| ended(&bench, trouble))
}

/// Sets the proxy of every client on a host, one after the other; a client's folder and what became of it.
///
/// Each restart takes a permit: a client that comes back is as much work for the appliance as a new one.
pub fn set_proxy(
    crew: &Crew,
    permits: &Permits,
    host: usize,
    wish: &Wish,
) -> Result<Vec<(String, Change)>, Outcome> {
    let bench = Bench::new(crew, host);
    let work = || -> Result<Vec<(String, Change)>, Trouble> {
        let mut session = bench.connect()?;
        let mut done = Vec::new();
        for instance in look(&bench, &mut session)? {
            let change = Client { bench: &bench, permits, wish, instance: &instance }.set(&mut session);
            done.push((bench.crew.secrets.mask(&instance.directory).into_owned(), change));
        }
        Ok(done)
    };
    work().map_err(|trouble| ended(&bench, trouble))
}

fn ended(bench: &Bench<'_>, trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Ends(outcome) => outcome,
        Trouble::Transport(phase, failure) => bench.outcome_of(phase, failure),
        Trouble::Early | Trouble::Again(_) | Trouble::Unrecorded => fault(),
    }
}

fn look(bench: &Bench<'_>, session: &mut Session) -> Result<Vec<Instance>, Trouble> {
    let step = settings_file::look(&bench.treatment.shape);
    let finished = bench.run(session, Phase::Probe, &step, LOOK_LIMIT)?;
    settings_file::instances(&finished.stdout)
        .map_err(|why| Trouble::Ends(bench.failed(Phase::Probe, Class::BadAnswer, &why, &finished)))
}

/// One client whose proxy is to be set.
struct Client<'a> {
    bench: &'a Bench<'a>,
    permits: &'a Permits,
    wish: &'a Wish,
    instance: &'a Instance,
}

impl Client<'_> {
    fn set(&self, session: &mut Session) -> Change {
        let before = match &self.instance.file {
            Ok(file) => file,
            Err(why) => return Change::Failed(format!("nothing was changed: {why}")),
        };
        let planned = proxy::read(before)
            .and_then(|found| Ok((found.fit(&self.wish.proxy), proxy::set(before, &self.wish.proxy)?)));
        let after = match planned {
            Err(why) => return Change::Failed(format!("nothing was changed: {why}")),
            Ok((fit, _)) if self.wish.is_granted(fit) => return Change::Needless(fit),
            Ok((_, after)) => after,
        };
        let write = settings_file::write(&self.instance.directory, before, &after);
        let mut gate = |is_there: &dyn Fn() -> bool| self.permit(is_there);
        match self.bench.gated(session, Phase::Install, &write, &mut gate) {
            Ok(None) if self.bench.crew.stop.is_asked() => Change::NotStarted,
            Ok(None) => Change::Failed("nothing was changed: the start limit gave no permit".to_owned()),
            Ok(Some(finished)) => match self.bench.succeeded(Phase::Install, &write, finished) {
                Ok(_) => self.put_into_effect(session),
                Err(trouble) => Change::Failed(format!("nothing was changed: {}", self.told(trouble))),
            },
            Err(Trouble::Transport(_, failure)) if failure.started => self.lost(failure),
            Err(trouble) => Change::Failed(format!("nothing was changed: {}", self.told(trouble))),
        }
    }

    fn permit(&self, is_there: &dyn Fn() -> bool) -> Go {
        while !self.bench.crew.stop.is_asked() && is_there() {
            match self.permits.take() {
                Ok(Pacer::Start(permit)) if self.permits.is_fresh(permit) => return Go::Start,
                Ok(Pacer::Start(_)) => {}
                Ok(Pacer::Wait(wait)) => sleep(wait.min(LONGEST_WAIT)),
                Err(_) => return Go::Stop,
            }
        }
        Go::Stop
    }

    /// Restarts the client and waits for it; what does not come back gets its old settings again.
    fn put_into_effect(&self, session: &mut Session) -> Change {
        let why = match self.step(session, Phase::Install, &self.restart()) {
            Ok(()) => match self.is_connected(session) {
                Ok(()) => return Change::Made,
                Err(why) => why,
            },
            Err(why) => why,
        };
        let restore = settings_file::restore(&self.instance.directory);
        if let Err(more) = self.step(session, Phase::Install, &restore) {
            return Change::Failed(format!(
                "{why}; the old settings could not be put back: {more}: a copy is {}/settings.ini.jumpfleet-backup",
                self.bench.crew.secrets.mask(&self.instance.directory)
            ));
        }
        match self.step(session, Phase::Install, &self.restart()) {
            Ok(()) => Change::TakenBack(why),
            Err(more) => Change::Failed(format!(
                "{why}; its old settings are back, but it could not be restarted with them: {more}"
            )),
        }
    }

    fn restart(&self) -> Step {
        settings_file::restart(&self.instance.directory, self.instance.unit.as_deref())
    }

    /// Looks until the client runs with the wanted settings and is connected as they say, or says what is missing.
    fn is_connected(&self, session: &mut Session) -> Result<(), String> {
        let give_up = Instant::now() + self.wish.wait;
        let (mut pause, mut held) = (FIRST_PAUSE, false);
        loop {
            let seen = look(self.bench, session).map_err(|trouble| self.told(trouble))?;
            match self.missing(&seen) {
                None if held => return Ok(()),
                None => {
                    held = true;
                    sleep(STEADY);
                }
                Some(missing) if Instant::now() + pause >= give_up => {
                    return Err(format!("{missing} {} s after its restart", self.wish.wait.as_secs()));
                }
                Some(_) => {
                    held = false;
                    sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn missing(&self, seen: &[Instance]) -> Option<&'static str> {
        let Some(now) = seen.iter().find(|now| now.directory == self.instance.directory) else {
            return Some("the client's folder was gone");
        };
        let fit = now
            .file
            .as_ref()
            .ok()
            .and_then(|file| proxy::read(file).ok())
            .map(|found| found.fit(&self.wish.proxy));
        match fit {
            Some(Fit::Yes | Fit::Unread) if !now.running => Some("the client did not run"),
            Some(Fit::Yes | Fit::Unread) => {
                let reached = now.connections.iter().any(|remote| self.wish.proxy.is_reached_at(remote));
                (!reached).then_some("the client runs, but had no connection as it is set to")
            }
            _ => Some("the client did not keep the settings"),
        }
    }

    fn step(&self, session: &mut Session, phase: Phase, step: &Step) -> Result<(), String> {
        self.bench.step(session, phase, step).map(drop).map_err(|trouble| self.told(trouble))
    }

    fn lost(&self, failure: Failure) -> Change {
        let copy = self.bench.crew.secrets.mask(&self.instance.directory).into_owned();
        let detail = self.bench.crew.secrets.mask(&failure.detail).into_owned();
        Change::Failed(format!(
            "{detail}; it may have been changed: a copy is {copy}/settings.ini.jumpfleet-backup"
        ))
    }

    fn told(&self, trouble: Trouble) -> String {
        match ended(self.bench, trouble) {
            Outcome::Failed { detail, tail, .. } => {
                let last = tail.lines().last().unwrap_or_default();
                if last.is_empty() { detail } else { format!("{detail}: {last}") }
            }
            Outcome::Unreachable { detail, .. } => detail,
            _ => "jumpfleet itself failed".to_owned(),
        }
    }
}
