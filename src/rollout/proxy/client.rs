//! How is one client changed, and how is it known that it reaches its site then?
//!
//! Whatever happens, it ends as it was or connected as wanted, or it is told that nobody knows. A connection to the
//! host that is lost on the way is made anew, and the host is asked how far it came.

use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Change, Wish, ended, look};
use crate::installer::settings_file::{self, BROKEN, Instance};
use crate::model::{Outcome, Phase, Step};
use crate::proxy::{self, Fit};
use crate::rollout::bench::{Bench, LOOK_LIMIT, Trouble};
use crate::rollout::lost::{LOST_DEADLINE, reach_again};
use crate::rollout::visit::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::store::{Pacer, Permit, Permits};
use crate::transport::{Failure, Finished, Session};

/// How long a connection must last: a proxy that turns the client away has one with it for a moment, too.
const STEADY: Duration = Duration::from_secs(2);

/// The longest time between two questions for a permit, so that a stop is heard.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// How often a host that was lost is entered again.
const RETURNS: u32 = 3;

/// How long a script whose connection was lost is given to end by itself.
const SETTLE: Duration = Duration::from_secs(5);

/// How long a connection that is to be used may take to write the new settings into the staging folder.
const PUT_DEADLINE: Duration = Duration::from_secs(30);

/// One client whose proxy is to be set.
pub(super) struct Client<'a> {
    bench: &'a Bench<'a>,
    permits: &'a Permits,
    wish: &'a Wish,
    instance: &'a Instance,
    /// Whether it had its permit.
    is_begun: Cell<bool>,
}

/// How far a client has come.
#[derive(Default)]
struct Course {
    /// Why it gets its old settings back, once that is decided.
    why: Option<String>,
    /// What the last lost connection was lost over.
    lost: Option<String>,
    /// Other clients' processes, once it was restarted with the new settings.
    others: Option<Vec<u32>>,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        bench: &'a Bench<'a>,
        permits: &'a Permits,
        wish: &'a Wish,
        instance: &'a Instance,
    ) -> Self {
        Self { bench, permits, wish, instance, is_begun: Cell::new(false) }
    }

    /// Changes it, unless it is as wanted.
    pub(super) fn set(&self, session: &mut Session) -> Change {
        let unchanged = |why: &str| Change::Failed(format!("nothing was changed: {why}"));
        let before = match &self.instance.file {
            Ok(file) => file,
            Err(why) => return unchanged(why),
        };
        let planned = proxy::read(before)
            .and_then(|found| Ok((found.fit(&self.wish.proxy), proxy::set(before, &self.wish.proxy)?)));
        let after = match planned {
            Err(why) => return unchanged(&why),
            Ok((fit, _)) if self.wish.is_granted(fit) => return Change::Needless(fit),
            Ok((_, after)) => after,
        };
        match self.write(session, before, &after) {
            Ok(None) if self.bench.crew.stop.is_asked() => Change::NotStarted,
            Ok(None) => unchanged("the start limit gave no permit"),
            Ok(Some(finished)) if finished.status == BROKEN => {
                Change::Failed(format!("{}: a copy is {}", finished.stderr.trim(), self.copy()))
            }
            Ok(Some(_)) => self.bring_to_an_end(session, before, None),
            Err(Trouble::Transport(_, failure)) if self.is_begun.get() => {
                self.bring_to_an_end(session, before, Some(failure))
            }
            Err(trouble) => unchanged(&self.told(trouble)),
        }
    }

    /// Takes away what was staged for it; what stays, if it does.
    pub(super) fn clean(&self, session: &mut Session) -> Option<String> {
        settings_file::staged(&self.bench.treatment.shape).filter(|_| self.is_begun.get())?;
        let cleaned = self.bench.step(session, Phase::Clean, &self.bench.invocation().clean);
        cleaned.err().map(|trouble| format!("this folder of ours stays on the host: {}", self.told(trouble)))
    }

    /// Writes the settings once there is a permit; none if there is none.
    fn write(&self, session: &mut Session, before: &[u8], after: &[u8]) -> Result<Option<Finished>, Trouble> {
        let shape = &self.bench.treatment.shape;
        let write = settings_file::write(shape, &self.instance.directory, before, after);
        let staged = settings_file::staged(shape);
        // A password lies in the staging folder no longer than it must.
        let first = if staged.is_some() { &self.bench.invocation().prepare } else { &write };
        let mut ask = |is_there: &dyn Fn() -> bool| self.permit(is_there);
        let asked = self.bench.gated(session, Phase::Install, first, &mut ask, self.permits)?;
        let Some(mut finished) = asked else { return Ok(None) };
        if let Some(name) = staged {
            self.bench.succeeded(Phase::Install, first, finished)?;
            self.put(session, name, after)?;
            finished = self.bench.run(session, Phase::Install, &write, LOOK_LIMIT)?;
        }
        match finished.status {
            BROKEN => Ok(Some(finished)),
            _ => self.bench.succeeded(Phase::Install, &write, finished).map(Some),
        }
    }

    fn put(&self, session: &mut Session, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let (size, deadline) = (bytes.len() as u64, Instant::now() + PUT_DEADLINE);
        let put = session.put(&mut &*bytes, size, &self.bench.staging, name, deadline);
        put.map_err(|failure| Trouble::Transport(Phase::Install, failure))
    }

    fn permit(&self, is_there: &dyn Fn() -> bool) -> Option<Permit> {
        while !self.bench.crew.stop.is_asked() && is_there() {
            match self.permits.take() {
                Ok(Pacer::Start(permit)) if self.permits.is_fresh(permit) => {
                    self.is_begun.set(true);
                    return Some(permit);
                }
                Ok(Pacer::Start(permit)) => self.permits.give_back(permit),
                Ok(Pacer::Wait(wait)) => sleep(wait.min(LONGEST_WAIT)),
                Err(_) => return None,
            }
        }
        None
    }

    /// Goes on until the client is connected or has its old settings again, also over lost connections.
    fn bring_to_an_end(&self, session: &mut Session, before: &[u8], lost: Option<Failure>) -> Change {
        let (mut course, mut lost, mut returns) = (Course::default(), lost, 0);
        loop {
            if let Some(failure) = lost.take() {
                returns += 1;
                match reach_again(self.bench, LOST_DEADLINE, |_| Ok(())) {
                    Ok(again) if returns <= RETURNS => *session = again,
                    Ok(_) => return self.nobody_knows(&failure.detail),
                    Err(trouble) => {
                        return self.nobody_knows(&format!(
                            "{}; then {}",
                            failure.detail,
                            self.told(trouble)
                        ));
                    }
                }
                course.lost = Some(failure.detail);
            }
            match self.go_on(session, before, &mut course) {
                Ok(change) => return change,
                Err(Trouble::Transport(_, failure)) => lost = Some(failure),
                Err(trouble) => return self.nobody_knows(&self.told(trouble)),
            }
        }
    }

    /// Restarts the client and waits for it; what does not come back gets its old settings again.
    fn go_on(&self, session: &mut Session, before: &[u8], course: &mut Course) -> Result<Change, Trouble> {
        let is_old = match course.lost.take() {
            None => false,
            Some(lost) => match self.has_its_old_settings(session, before)? {
                true if course.why.is_none() => {
                    let lost = self.bench.crew.secrets.mask(&lost).into_owned();
                    return Ok(Change::Failed(format!("nothing was changed: {lost}")));
                }
                is_old => is_old,
            },
        };
        if course.why.is_none() {
            match self.take_effect(session, course)? {
                Ok(()) => return Ok(Change::Made),
                Err(why) => course.why = Some(why),
            }
        }
        let why = course.why.clone().unwrap_or_default();
        let restore = settings_file::restore(&self.bench.treatment.shape, &self.instance.directory, before);
        if !is_old && let Err(more) = self.step(session, &restore)? {
            return Ok(Change::Failed(format!(
                "{why}; the old settings could not be put back: {more}: a copy is {}",
                self.copy()
            )));
        }
        Ok(match self.step(session, &self.restart())? {
            Ok(_) => Change::TakenBack(why),
            Err(more) => Change::Failed(format!(
                "{why}; its old settings are back, but it could not be restarted with them: {more}"
            )),
        })
    }

    /// Restarts the client, unless it was, and waits until it is connected; the inner error is why it is not.
    fn take_effect(&self, session: &mut Session, course: &mut Course) -> Result<Result<(), String>, Trouble> {
        let others = match course.others.take() {
            Some(others) => others,
            None => match self.step(session, &self.restart())? {
                Ok(finished) => settings_file::others(&finished.stdout),
                Err(why) => return Ok(Err(why)),
            },
        };
        self.is_connected(session, course.others.insert(others))
    }

    /// Whether a client whose host was lost has the settings it had, once what was begun there has come to its end.
    fn has_its_old_settings(&self, session: &mut Session, before: &[u8]) -> Result<bool, Trouble> {
        let mut is_old = false;
        for pause in [Duration::ZERO, SETTLE] {
            sleep(pause);
            let seen = look(self.bench, session)?;
            let now = seen.iter().find(|now| now.directory == self.instance.directory);
            is_old = now.is_some_and(|now| now.file.as_deref() == Ok(before));
            if !is_old {
                break;
            }
        }
        Ok(is_old)
    }

    fn restart(&self) -> Step {
        settings_file::restart(&self.bench.treatment.shape, self.instance)
    }

    /// Looks until the client runs with the wanted settings and is connected as they say; the inner error is what is
    /// missing. What `others` are connected to does not count.
    fn is_connected(&self, session: &mut Session, others: &[u32]) -> Result<Result<(), String>, Trouble> {
        let give_up = Instant::now() + self.wish.wait;
        let (mut pause, mut held) = (FIRST_PAUSE, false);
        loop {
            match self.missing(&look(self.bench, session)?, others) {
                None if held => return Ok(Ok(())),
                None => {
                    held = true;
                    sleep(STEADY);
                }
                Some(missing) if Instant::now() + pause >= give_up => {
                    let wait = self.wish.wait.as_secs();
                    return Ok(Err(format!("{missing} {wait} s after its restart")));
                }
                Some(_) => {
                    held = false;
                    sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn missing(&self, seen: &[Instance], others: &[u32]) -> Option<&'static str> {
        let Some(now) = seen.iter().find(|now| now.directory == self.instance.directory) else {
            return Some("the client's folder was gone");
        };
        let file = now.file.as_ref().ok().and_then(|file| proxy::read(file).ok());
        match file.map(|found| found.fit(&self.wish.proxy)) {
            Some(Fit::Yes | Fit::Unread) if !now.running => Some("the client did not run"),
            Some(Fit::Yes | Fit::Unread) => {
                let own = now
                    .connections
                    .iter()
                    .filter(|found| !found.process.is_some_and(|number| others.contains(&number)));
                let reached =
                    own.map(|found| found.remote).any(|remote| self.wish.proxy.is_reached_at(remote));
                (!reached).then_some("the client runs, but had no connection as it is set to")
            }
            _ => Some("the client did not keep the settings"),
        }
    }

    /// Runs one step; that it failed is the inner error.
    fn step(&self, session: &mut Session, step: &Step) -> Result<Result<Finished, String>, Trouble> {
        match self.bench.step(session, Phase::Install, step) {
            Ok(finished) => Ok(Ok(finished)),
            Err(trouble @ Trouble::Ends(_)) => Ok(Err(self.told(trouble))),
            Err(trouble) => Err(trouble),
        }
    }

    fn nobody_knows(&self, detail: &str) -> Change {
        let detail = self.bench.crew.secrets.mask(detail);
        Change::Failed(format!("{detail}; it may have been changed: a copy is {}", self.copy()))
    }

    /// Where the copy of the old settings lies.
    fn copy(&self) -> String {
        let directory = self.bench.crew.secrets.mask(&self.instance.directory);
        let separator = if settings_file::staged(&self.bench.treatment.shape).is_some() { '\\' } else { '/' };
        format!("{directory}{separator}settings.ini.jumpfleet-backup")
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
