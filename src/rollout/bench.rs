//! What can be done to a host, one operation at a time?

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Crew;
use crate::installer::{self, Installer, observe};
use crate::model::{
    Access, Class, Dialect, Happening, Invocation, Observation, Outcome, Phase, PlannedHost, Rule, Script,
    Slot, Step, Task, Trace, Treatment,
};
use crate::shell;
use crate::store::{self, Permit, Permits};
use crate::transport::{Command, Elevation, Failure, Finished, Go, Session, Shell, Word};

/// The folders below which files are staged unless the host names one; they survive a reboot.
const STAGING_BASE: &str = "/var/tmp";
const STAGING_BASE_WINDOWS: &str = r"C:\Windows\Temp";

/// Waits for a permit; it is told how to ask whether the host is still there.
pub(super) type Asked<'a> = dyn FnMut(&dyn Fn() -> bool) -> Option<Permit> + 'a;

/// The most bytes an answer to a look may hold; a host that prints more is not believed.
pub(super) const LOOK_LIMIT: usize = 1024 * 1024;

/// The most bytes kept of what any other step prints.
const OUTPUT_LIMIT: usize = 64 * 1024;

/// Why a visit cannot go on.
pub(super) enum Trouble {
    /// It ends like this.
    Ends(Outcome),
    /// The transport failed in this phase.
    Transport(Phase, Failure),
    /// Its window is not open yet, and nothing is left on it.
    Early,
    /// It is visited again, as this event says.
    Again(Box<Happening>),
    /// The journal cannot be written, so nothing may be done.
    Unrecorded,
}

/// What a look showed.
pub(super) struct Look {
    /// Facts and traces, unmasked.
    pub(super) observation: Observation,
    /// The end of the installer's log, if it failed.
    pub(super) log: String,
}

/// One host with everything its visit needs.
pub(super) struct Bench<'a> {
    pub(super) crew: &'a Crew,
    /// Its place in the plan.
    pub(super) place: usize,
    pub(super) host: &'a PlannedHost,
    pub(super) treatment: &'a Treatment,
    pub(super) installer: &'static dyn Installer,
    access: &'a Access,
    pub(super) staging: String,
    file_name: String,
    /// Whether a session left its folder on the host.
    left: Arc<AtomicBool>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(crew: &'a Crew, place: usize) -> Self {
        let plan = &crew.plan;
        let host = &plan.hosts[place];
        let treatment = plan.treatment(host);
        let (base, separator) = match treatment.invocation.dialect {
            Dialect::Posix => (STAGING_BASE, "/"),
            Dialect::Cmd => (STAGING_BASE_WINDOWS, r"\"),
        };
        let base = plan.value(host, Slot::Staging).map_or(base, AsRef::as_ref);
        let file = crew.files.get(treatment.installer).and_then(|file| file.file_name());
        Self {
            crew,
            place,
            host,
            treatment,
            installer: installer::installer(treatment.shape.platform),
            access: &plan.accesses[host.access as usize],
            staging: format!("{}{separator}jumpfleet-{}", base.trim_end_matches(['/', '\\']), crew.run),
            file_name: file.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            left: Arc::default(),
        }
    }

    pub(super) fn invocation(&self) -> &'a Invocation {
        &self.treatment.invocation
    }

    /// Writes an event of this host down.
    pub(super) fn note(&self, what: Happening) -> Result<(), Trouble> {
        if self.crew.recorder.note(Some(&self.host.name), what) { Ok(()) } else { Err(Trouble::Unrecorded) }
    }

    /// Opens a session, with the time it took.
    pub(super) fn connect(&self) -> Result<Session, Trouble> {
        let deadline = Instant::now() + self.crew.connect_deadline;
        let secrets = |reference: &_| self.crew.secrets.get(reference);
        let mut session = self
            .crew
            .dialer
            .connect(&self.host.address, self.access, &secrets, deadline)
            .map_err(|failure| Trouble::Transport(Phase::Connect, failure))?;
        session.tell_of_left(&self.left);
        Ok(session)
    }

    /// Which folder a session left on the host, that no later one took away.
    pub(super) fn left(&self) -> Option<String> {
        self.left.load(Ordering::Relaxed).then(|| format!("{}-*, the folder of a lost session", self.staging))
    }

    /// Takes a look: facts and traces, unmasked, and the log of this run's installer if it failed.
    pub(super) fn look(&self, session: &mut Session) -> Result<Look, Trouble> {
        let finished = self.run(session, Phase::Probe, &self.invocation().probe, LOOK_LIMIT)?;
        // A look takes away what earlier sessions left.
        self.left.store(false, Ordering::Relaxed);
        match observe::read(&finished.stdout) {
            Ok(observation) => Ok(Look { observation, log: observe::log(&finished.stdout).to_owned() }),
            Err(why) => Err(Trouble::Ends(self.failed(Phase::Probe, Class::BadAnswer, &why, &finished))),
        }
    }

    /// Why the host that was looked at cannot take the client.
    pub(super) fn unfit(&self, observation: &Observation) -> Option<(Class, String)> {
        let file = self.crew.plan.installers.get(self.treatment.installer);
        installer::unfit(&self.treatment.shape, file, observation)
    }

    /// The trace of a client that was there before, if there is one.
    pub(super) fn duplicate(&self, observation: &Observation) -> Option<Trace> {
        let directory = self.crew.plan.value(self.host, Slot::InstallDir).map(AsRef::as_ref);
        self.installer.duplicate(&self.treatment.shape, directory, observation)
    }

    /// Whether the host has a client, or what an installer that says it succeeded leaves at once.
    pub(super) fn is_there(&self, observation: &Observation) -> bool {
        let traces = self.own(observation);
        traces
            .iter()
            .any(|trace| matches!(trace.rule, Rule::InstallDirectory | Rule::Process | Rule::Registry))
    }

    /// The traces of the host's own client, which its removal takes away.
    pub(super) fn own(&self, observation: &Observation) -> Vec<Trace> {
        let directory = self.crew.plan.value(self.host, Slot::InstallDir).map(AsRef::as_ref);
        self.installer.own(&self.treatment.shape, directory, observation)
    }

    /// Why this plan's removal leaves the client alone that is there.
    pub(super) fn spared(&self, observation: &Observation) -> Option<String> {
        let plan = &self.crew.plan;
        let directory = plan.value(self.host, Slot::InstallDir).map(AsRef::as_ref);
        let (site, undoes) = (&plan.appliance.site, plan.undoes.as_deref());
        self.installer.spared(&self.treatment.shape, directory, site, undoes, observation)
    }

    /// Which other client is there that this plan replaces.
    pub(super) fn replaced(&self, observation: &Observation) -> Option<String> {
        let plan = &self.crew.plan;
        if plan.task != Task::Replace {
            return None;
        }
        let directory = plan.value(self.host, Slot::InstallDir).map(AsRef::as_ref);
        self.installer.other(&self.treatment.shape, directory, &plan.appliance.site, observation)
    }

    /// Runs one step and lets its exit code decide.
    pub(super) fn step(&self, session: &mut Session, phase: Phase, step: &Step) -> Result<Finished, Trouble> {
        let finished = self.run(session, phase, step, OUTPUT_LIMIT)?;
        self.succeeded(phase, step, finished)
    }

    pub(super) fn succeeded(
        &self,
        phase: Phase,
        step: &Step,
        finished: Finished,
    ) -> Result<Finished, Trouble> {
        if step.success.contains(&finished.status) {
            return Ok(finished);
        }
        let class = self.class_of(&finished);
        let detail = format!("to {} failed with exit code {}", step.name, finished.status);
        Err(Trouble::Ends(self.failed(phase, class, &detail, &finished)))
    }

    /// The class of a failed command, by its words.
    pub(super) fn class_of(&self, finished: &Finished) -> Class {
        let said = |text| finished.stderr.contains(text) || finished.stdout.contains(text);
        if said("No space left on device") || said("Disk quota exceeded") {
            Class::DiskFull
        } else {
            Class::CommandFailed
        }
    }

    /// Runs one step to its end, whatever its exit code.
    pub(super) fn run(
        &self,
        session: &mut Session,
        phase: Phase,
        step: &Step,
        limit: usize,
    ) -> Result<Finished, Trouble> {
        let script = self.fill(&step.script)?;
        let mut command = self.command(&script, step, limit);
        command.elevate = self.elevation(session)?;
        session.run(&command).map_err(|failure| Trouble::Transport(phase, failure))
    }

    /// Lays ready what the installer's start needs, so that no time passes between the permit and the start.
    pub(super) fn ready(&self, session: &mut Session) -> Result<(), Trouble> {
        let Some(step) = &self.invocation().ready else { return Ok(()) };
        self.step(session, Phase::Stage, step).map(drop)
    }

    /// Runs the installer once there is a permit; none if there is none.
    pub(super) fn install(
        &self,
        session: &mut Session,
        ask: &mut Asked<'_>,
        permits: &Permits,
    ) -> Result<Option<Finished>, Trouble> {
        self.gated(session, Phase::Install, &self.invocation().install, ask, permits)
    }

    /// Runs one step to its end once there is one of these permits, which hear what becomes of it; none without.
    pub(super) fn gated(
        &self,
        session: &mut Session,
        phase: Phase,
        step: &Step,
        ask: &mut Asked<'_>,
        permits: &Permits,
    ) -> Result<Option<Finished>, Trouble> {
        let script = self.fill(&step.script)?;
        let mut command = self.command(&script, step, OUTPUT_LIMIT);
        command.elevate = self.elevation(session)?;
        command.begun = Some(observe::BEGUN);
        let permit: Cell<Option<Permit>> = Cell::new(None);
        let mut gate = |is_there: &dyn Fn() -> bool| {
            permit.set(ask(is_there));
            if permit.get().is_some() { Go::Start } else { Go::Stop }
        };
        let mut hear = |word: Word| {
            let Some(held) = permit.get() else { return };
            if word == Word::Begun { permits.begun(held) } else { permit.set(Some(permits.awaited(held))) }
        };
        session.run_gated(&command, &mut gate, &mut hear).map_err(|failure| {
            if let (false, Some(permit)) = (failure.started, permit.get()) {
                permits.give_back(permit);
            }
            Trouble::Transport(phase, failure)
        })
    }

    fn command<'s>(&'s self, script: &'s str, step: &Step, limit: usize) -> Command<'s> {
        let mut command = Command::new(script, Duration::from_secs(step.deadline.into()));
        command.stdout_limit = limit;
        if self.is_windows() {
            command.shell = Shell::Cmd { folder: &self.staging };
        }
        command
    }

    /// Whether the host hears batch files, and gets files by SFTP.
    fn is_windows(&self) -> bool {
        self.invocation().dialect == Dialect::Cmd
    }

    fn elevation(&self, session: &Session) -> Result<Option<Elevation>, Trouble> {
        if !self.access.elevate || session.user() == "root" || self.is_windows() {
            return Ok(None);
        }
        let password = match &self.access.elevate_password {
            None => None,
            Some(reference) => Some(self.crew.secrets.get(reference).map_err(|why| {
                Trouble::Ends(self.ends(Phase::Connect, Class::SecretMissing, why, String::new()))
            })?),
        };
        Ok(Some(Elevation { password }))
    }

    /// The script as this host has to hear it, secrets and all.
    fn fill(&self, script: &Script) -> Result<zeroize::Zeroizing<String>, Trouble> {
        let plan = &self.crew.plan;
        let installer = &plan.installers[self.treatment.installer];
        let value = |slot: Slot| -> Option<Cow<'_, str>> {
            match slot {
                Slot::Staging => Some(self.staging.as_str().into()),
                Slot::FileName => Some(self.file_name.as_str().into()),
                Slot::FileDigest => Some(installer.sha256.as_str().into()),
                Slot::Key => self.crew.secrets.key(self.treatment.installer).map(|key| key.reveal().into()),
                Slot::Site => Some(plan.appliance.site.as_str().into()),
                Slot::Release => Some(self.treatment.release.as_str().into()),
                Slot::Run => Some(self.crew.run.as_str().into()),
                other => plan.value(self.host, other).map(|value| value.as_ref().into()),
            }
        };
        shell::fill(script, value).map(zeroize::Zeroizing::new).map_err(|slot| {
            let detail = format!("the plan has no value for `{slot}` of this host");
            Trouble::Ends(self.ends(Phase::Connect, Class::Internal, detail, String::new()))
        })
    }

    /// Brings the installer file onto the host, unless it lies there already; returns the bytes sent.
    pub(super) fn stage(&self, session: &mut Session) -> Result<u64, Trouble> {
        self.step_as_login(session, Phase::Stage, &self.invocation().prepare)?;
        if self.is_staged(session)? {
            return Ok(0);
        }
        let file = &self.crew.plan.installers[self.treatment.installer];
        let mut source = self.source()?;
        let deadline =
            Duration::from_secs(self.invocation().digest.deadline.into()) + upload_time(file.bytes);
        let deadline = Instant::now() + deadline;
        let sent = match self.is_windows() {
            false => session.upload(&mut source, file.bytes, &self.staging, &self.file_name, deadline),
            true => session.put(&mut source, file.bytes, &self.staging, &self.file_name, deadline),
        };
        sent.map_err(|failure| Trouble::Transport(Phase::Stage, failure))?;
        if self.is_staged(session)? {
            return Ok(file.bytes);
        }
        let detail = "the file that arrived has another SHA-256 than the one that was sent".to_owned();
        Err(Trouble::Ends(self.ends(Phase::Stage, Class::Checksum, detail, String::new())))
    }

    fn is_staged(&self, session: &mut Session) -> Result<bool, Trouble> {
        let finished = self.step_as_login(session, Phase::Stage, &self.invocation().digest)?;
        let wanted = &self.crew.plan.installers[self.treatment.installer].sha256;
        Ok(observe::digest(&finished.stdout).as_deref() == Some(wanted))
    }

    fn source(&self) -> Result<File, Trouble> {
        let path = &self.crew.files[self.treatment.installer];
        store::open(path).map_err(|error| {
            let detail = self.crew.secrets.mask(&error.to_string()).into_owned();
            Trouble::Ends(self.ends(Phase::Stage, Class::Internal, detail, String::new()))
        })
    }

    /// Staging belongs to the login account, so it is never done through sudo.
    fn step_as_login(&self, session: &mut Session, phase: Phase, step: &Step) -> Result<Finished, Trouble> {
        let script = self.fill(&step.script)?;
        let finished = session
            .run(&self.command(&script, step, OUTPUT_LIMIT))
            .map_err(|failure| Trouble::Transport(phase, failure))?;
        self.succeeded(phase, step, finished)
    }

    /// Removes what a failed try left.
    pub(super) fn tidy(&self, session: &mut Session, phase: Phase) -> Result<(), Trouble> {
        let Some(step) = &self.invocation().tidy else { return Ok(()) };
        self.step(session, phase, step).map(drop)
    }

    /// Takes the staged files away; that it did not work is written down and changes nothing else.
    pub(super) fn sweep(&self, session: &mut Session) {
        if let Err(trouble) = self.swept(session) {
            self.left_behind(trouble);
        }
    }

    /// Takes the staged files away, or says what keeps them there.
    pub(super) fn swept(&self, session: &mut Session) -> Result<(), Trouble> {
        let clean = &self.invocation().clean;
        let mut swept = self.step(session, Phase::Clean, clean);
        // The folder is the login account's own, whatever sudo thinks by now.
        if matches!(&swept, Err(Trouble::Transport(_, failure)) if failure.class == Class::Sudo) {
            swept = self.step_as_login(session, Phase::Clean, clean);
        }
        swept.map(drop)
    }

    /// Writes down that the staged files stay.
    pub(super) fn left_behind(&self, trouble: Trouble) {
        let left = match trouble {
            Trouble::Ends(Outcome::Failed { detail, .. }) => detail,
            Trouble::Transport(_, failure) => failure.detail,
            _ => "the staged files could not be removed".to_owned(),
        };
        let detail = self.crew.secrets.mask(&left).into_owned();
        self.crew.recorder.note(Some(&self.host.name), Happening::LeftBehind { detail });
    }
}

/// The time an upload may take: a slow line of 128 KiB a second, and half a minute to begin.
fn upload_time(bytes: u64) -> Duration {
    Duration::from_secs(30 + bytes / (128 * 1024))
}
