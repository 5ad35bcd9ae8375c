//! Does a client that was installed in this run still run, some time later?

use std::thread::sleep;
use std::time::Duration;

use super::Crew;
use super::bench::{Bench, Trouble};
use super::policy::may_pass;
use crate::model::{Happening, Outcome};

/// How often a host that cannot be reached is tried again, and the pause before each further try.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// Looks at the host and writes down what is missing.
pub(super) fn make(crew: &Crew, host: usize) {
    let bench = Bench::new(crew, host);
    let what = match missing(&bench) {
        Ok(missing) => Happening::Rechecked { missing, unseen: false },
        Err(why) => Happening::Rechecked { missing: vec![format!("nobody could look: {why}")], unseen: true },
    };
    crew.recorder.note(Some(&bench.host.name), what);
}

/// What is written down when jumpfleet itself failed.
pub(super) fn fault() -> Happening {
    let missing = vec!["jumpfleet itself failed on this host: please report it".to_owned()];
    Happening::Rechecked { missing, unseen: true }
}

/// What is missing, or why nobody could look.
fn missing(bench: &Bench<'_>) -> Result<Vec<String>, String> {
    let mut tries = 1;
    loop {
        let looked = bench.connect().and_then(|mut session| bench.look(&mut session));
        return match looked {
            Ok(look) => {
                let missing = bench.installer.missing(&bench.treatment.shape, &look.observation);
                Ok(missing.iter().map(|what| bench.crew.secrets.mask(what).into_owned()).collect())
            }
            Err(Trouble::Transport(_, failure))
                if tries < TRIES && may_pass(failure.cause.unwrap_or(failure.class)) =>
            {
                tries += 1;
                sleep(PAUSE);
                continue;
            }
            Err(Trouble::Transport(_, failure)) => Err(bench.crew.secrets.mask(&failure.detail).into_owned()),
            Err(Trouble::Ends(Outcome::Failed { detail, .. })) => Err(detail),
            Err(_) => Err("the journal cannot be written".to_owned()),
        };
    }
}
