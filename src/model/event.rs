//! What happened, one line at a time? The journal line, the `--json` stream and the progress update.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Class, Gate, Observation, Outcome, OutcomeKind, Phase, Rate, RecordEnd, SessionEnd, Standing, Task,
};

/// The version of the journal's vocabulary; readers refuse a newer one.
pub const JOURNAL_FORMAT: u32 = 1;

/// Something that happened, in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, by this machine's wall clock.
    pub at: Timestamp,
    /// The host it happened to, if it happened to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Arc<str>>,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

impl Event {
    /// The line in front of the first event of a stream.
    #[must_use]
    pub fn opening(&self, tool_version: &str) -> Self {
        let tool_version = tool_version.to_owned();
        let what = Happening::StreamStarted { format_version: JOURNAL_FORMAT, tool_version };
        Self { at: self.at, host: None, what }
    }
}

/// The vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// The first line that `--json` prints, whatever follows it; no journal has it.
    StreamStarted {
        /// The version of the vocabulary, [`JOURNAL_FORMAT`].
        #[schemars(extend("const" = JOURNAL_FORMAT))]
        format_version: u32,
        /// The version of jumpfleet that writes the stream.
        tool_version: String,
    },
    /// The first line of every journal.
    RunStarted {
        /// The version of the vocabulary, [`JOURNAL_FORMAT`].
        #[schemars(extend("const" = JOURNAL_FORMAT))]
        format_version: u32,
        /// The version of jumpfleet.
        tool_version: String,
        /// The run's name.
        run: String,
        /// The plan that is carried out.
        plan_id: String,
        /// The site.
        site: String,
        /// What is done to the hosts.
        #[serde(default)]
        task: Task,
        /// The run whose clients are removed, if it is one's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<String>,
        /// How many hosts are planned.
        hosts: u64,
        /// The most starts per time.
        rate: Rate,
        /// Who started it: login name and controller host.
        by: String,
    },
    /// Another process went on with the run.
    RunResumed {
        /// Who.
        by: String,
        /// How many hosts had their outcome already.
        finished: u64,
    },
    /// The rate is above the vendor's limit because somebody asked for it.
    VendorRateExceeded {
        /// The rate.
        rate: Rate,
    },
    /// A host's visit began.
    VisitStarted {
        /// 1 for the first visit in this run.
        attempt: u32,
    },
    /// A session was opened.
    Connected {
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A look was taken.
    Probed {
        /// What was seen.
        observation: Observation,
    },
    /// The installer file lies on the host with the right digest.
    Staged {
        /// Bytes sent; 0 when it was there already.
        sent: u64,
    },
    /// Everything is ready and the next permit is this host's; written to disk before it is asked for.
    InstallReady,
    /// A permit was used and the installer was told to start.
    InstallStarted {
        /// How long the host waited for the permit, in milliseconds.
        waited: u64,
    },
    /// The installer ended.
    InstallEnded {
        /// Its exit code.
        status: i32,
        /// How long it ran, in milliseconds.
        milliseconds: u64,
    },
    /// A permit was used and the vendor's removal was told to start.
    RemovalStarted {
        /// How long the host waited for the permit, in milliseconds.
        waited: u64,
    },
    /// The removal came to its end; whether anything is left shows the next look.
    RemovalEnded {
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A host was lost while its installer or removal was at work, and is waited for: it may be restarting.
    HostLost {
        /// Why, masked.
        detail: String,
        /// How long it is waited for, in milliseconds.
        limit: u64,
    },
    /// The client was started and its start at boot arranged.
    ClientStarted,
    /// Something of ours could not be taken away from the host.
    LeftBehind {
        /// What and why, masked.
        detail: String,
    },
    /// A visit stopped at a mishap that is worth another try.
    RetryPlanned {
        /// Where it stopped.
        phase: Phase,
        /// What kind of mishap.
        class: Class,
        /// Why, masked.
        detail: String,
        /// Milliseconds until the next try.
        delay: u64,
        /// How far the host had come.
        standing: Standing,
    },
    /// A host cannot be reached and is waited for; it is tried again from time to time.
    HostAway {
        /// What kind of mishap.
        class: Class,
        /// Why, masked.
        detail: String,
        /// Milliseconds until the next try.
        delay: u64,
    },
    /// A client that was installed in this run was looked at again.
    Rechecked {
        /// What was missing, masked; empty when it was as it should be.
        missing: Vec<String>,
        /// Whether nobody could look, so that only the host knows.
        #[serde(default, skip_serializing_if = "is_false")]
        unseen: bool,
    },
    /// The client that was installed in this run has connected to the site.
    ClientConnected {
        /// Its record's number on the site.
        client: u32,
        /// How long after its installer's start, in milliseconds; 0 where clocks differ.
        milliseconds: u64,
    },
    /// The client that was installed in this run did not connect to the site in time.
    ClientNotConnected {
        /// What the site has of it, or why nobody could look, masked.
        detail: String,
        /// Whether nobody could look, so that only the site knows.
        #[serde(default, skip_serializing_if = "is_false")]
        unseen: bool,
    },
    /// The record of a host whose client is removed has ended as well, or not; or the one of the client before stays.
    RecordEnded {
        /// The record's number, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<u32>,
        /// How.
        end: RecordEnd,
        /// Other records that are as surely the host's, and stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<u32>,
    },
    /// A session was open on a host whose client was to go.
    SessionMet {
        /// What the site knows it by.
        lsid: String,
        /// The names of the users in it.
        users: Vec<String>,
        /// What became of it.
        end: SessionEnd,
    },
    /// A host got its outcome.
    HostFinished {
        /// The outcome.
        #[serde(flatten)]
        outcome: Outcome,
        /// How long its last visit took, in milliseconds.
        milliseconds: u64,
    },
    /// The first host of a wave may be visited.
    WaveStarted {
        /// Index into the plan's waves.
        wave: u32,
        /// Its name.
        name: String,
        /// How many hosts it holds.
        hosts: u64,
    },
    /// All hosts of a wave have ended, and something has to open the way to the next one.
    GateReached {
        /// Index of the wave that ended.
        wave: u32,
        /// What opens it.
        gate: Gate,
    },
    /// The way to the next wave is open.
    GateOpened {
        /// Index of the wave that ended.
        wave: u32,
        /// Why.
        why: String,
    },
    /// The way to the next wave stays closed, and the run halts.
    GateClosed {
        /// Index of the wave that ended.
        wave: u32,
        /// Why.
        why: String,
    },
    /// From here on installers are started at another rate.
    PaceChanged {
        /// The most starts per time.
        rate: Rate,
        /// Why.
        why: String,
    },
    /// So many mishaps happened that the run halts.
    BudgetReached {
        /// The rule, such as `failures`.
        rule: String,
        /// Its limit, as the plan has it.
        limit: String,
        /// How many mishaps counted.
        mishaps: u64,
        /// Among how many hosts.
        sample: u64,
        /// The hosts whose mishaps counted, the last one last.
        hosts: Vec<Arc<str>>,
    },
    /// The appliance was upgraded, which ends all installers: the run halts.
    ApplianceUpgraded {
        /// The version when the plan was made.
        from: String,
        /// The version now.
        to: String,
    },
    /// The site does not take a release's installers any more: no more of them are started.
    InstallersEnded {
        /// The release.
        release: String,
        /// Why.
        why: String,
    },
    /// A person wants no installer started for a while.
    Paused {
        /// Who.
        by: String,
    },
    /// A person wants the run to go on, after a pause or behind a gate.
    Continued {
        /// Who.
        by: String,
    },
    /// A person set the rate.
    RateSet {
        /// The most starts per time.
        rate: Rate,
        /// Who.
        by: String,
    },
    /// A person ended the starts for good.
    HaltRequested {
        /// Who.
        by: String,
    },
    /// No new installers are started from here on.
    StopRequested {
        /// Why, such as `interrupted`.
        reason: String,
    },
    /// The run ended; the last line of a complete journal.
    RunFinished {
        /// Hosts by outcome; kinds that did not occur are left out.
        counts: BTreeMap<OutcomeKind, u64>,
        /// The exit code.
        exit: u8,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
