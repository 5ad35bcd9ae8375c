//! How do clients on a host get another proxy?

mod client;

use std::time::{Duration, Instant};

use self::client::Client;
use super::Crew;
use super::bench::{Bench, LOOK_LIMIT, Trouble};
use super::visit::fault;
use crate::installer::settings_file::{self, Instance, LARGEST};
use crate::model::{Class, Outcome, Phase};
use crate::proxy::{Fit, Proxy};
use crate::store::Permits;
use crate::transport::Session;

/// How long a `settings.ini` may take to be fetched.
const FETCH_DEADLINE: Duration = Duration::from_secs(60);

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
            let client = Client::new(&bench, permits, wish, &instance);
            let change = client.set(&mut session);
            done.push((bench.crew.secrets.mask(&instance.directory).into_owned(), change));
            if let Some(left) = client.clean(&mut session) {
                done.push((bench.staging.clone(), Change::Failed(left)));
            }
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
    let shape = &bench.treatment.shape;
    let finished = bench.run(session, Phase::Probe, &settings_file::look(shape), LOOK_LIMIT)?;
    let seen = settings_file::instances(shape, &bench.crew.plan.appliance.site, &finished.stdout);
    let mut seen =
        seen.map_err(|why| Trouble::Ends(bench.failed(Phase::Probe, Class::BadAnswer, &why, &finished)))?;
    for instance in &mut seen {
        if let Some(path) = instance.fetch.take() {
            instance.file = fetch(session, &path)?;
        }
    }
    Ok(seen)
}

/// A file of a host that answers; the inner error is why it cannot be read.
fn fetch(session: &mut Session, path: &str) -> Result<Result<Vec<u8>, String>, Trouble> {
    match session.get_end(path, LARGEST + 1, Instant::now() + FETCH_DEADLINE) {
        Ok(Some(bytes)) if bytes.len() as u64 > LARGEST => {
            Ok(Err(format!("its settings.ini is larger than {} KiB", LARGEST / 1024)))
        }
        Ok(Some(bytes)) => Ok(Ok(bytes)),
        Ok(None) => Ok(Err("it has no settings.ini".to_owned())),
        Err(failure) if failure.class == Class::CommandFailed => Ok(Err(failure.detail)),
        Err(failure) => Err(Trouble::Transport(Phase::Probe, failure)),
    }
}
