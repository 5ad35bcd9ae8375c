//! How does a run stand, for Prometheus? Events in, a text file for node_exporter's textfile collector out.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use super::figures::Figures;
use super::watcher::{About, Ending, Warning, Watcher};
use crate::model::{Event, GateKind, Happening, OutcomeKind, Phase, Plan, Rate};
use crate::store;

/// The time between two writes while the run goes on.
const INTERVAL: SignedDuration = SignedDuration::from_secs(5);

/// The upper ends of the histogram's classes, in seconds: a quick headless install to the installer's deadline.
const SECONDS: &[f64] = &[1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0];

/// The numbers of a run, as Prometheus knows them.
struct Numbers {
    figures: Figures,
    registry: Registry,
    finished: IntGaugeVec,
    at_work: IntGaugeVec,
    pending: IntGauge,
    away: IntGauge,
    starts: IntCounter,
    recent: IntGauge,
    rate: Gauge,
    retries: IntCounterVec,
    wave: IntGauge,
    gate: IntGaugeVec,
    paused: IntGauge,
    halted: IntGauge,
    interrupted: IntGauge,
    ended: IntGauge,
    exit: Option<IntGauge>,
    budget: GaugeVec,
    installs: Histogram,
    began: Gauge,
    last: Gauge,
    ended_at: Gauge,
    written: Gauge,
}

/// Makes metrics and puts them into one registry.
struct Maker(Registry);

impl Maker {
    /// The error is a name that is there already or is none, which a test would see.
    fn keep<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> prometheus::Result<C> {
        let made = made?;
        self.0.register(Box::new(made.clone()))?;
        Ok(made)
    }

    fn whole(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.keep(IntGauge::new(name, help))
    }

    fn number(&self, name: &str, help: &str) -> prometheus::Result<Gauge> {
        self.keep(Gauge::new(name, help))
    }

    fn wholes(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.keep(IntGaugeVec::new(Opts::new(name, help), labels))
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn a_minute(rate: Rate) -> f64 {
    rate.per_hour() / 60.0
}

impl Numbers {
    fn new(about: &About, plan: &Plan) -> prometheus::Result<Self> {
        let make = Maker(Registry::new());
        let labels = ["run", "plan", "site", "task"];
        let info = make.wholes("jumpfleet_run_info", "The run that these metrics are of.", &labels)?;
        info.with_label_values(&[&about.run, about.plan(), &about.site, about.task.word()]).set(1);
        let build =
            make.wholes("jumpfleet_build_info", "The jumpfleet that carries it out.", &["version"])?;
        build.with_label_values(&[&about.version]).set(1);
        make.whole("jumpfleet_hosts_planned", "Hosts of the plan.")?.set(whole(about.hosts));
        make.whole("jumpfleet_waves_planned", "Waves of the plan.")?.set(whole(about.waves.len() as u64));
        make.number("jumpfleet_start_limit_per_minute", "Most starts a minute that the plan allows.")?
            .set(a_minute(plan.rate));
        let retries =
            Opts::new("jumpfleet_retries_total", "Visits that stopped at a mishap and are made again.");
        let budget = Opts::new(
            "jumpfleet_budget_used_ratio",
            "Part of a limit of mishaps that is used up; the run halts at 1.",
        );
        let install = HistogramOpts::new("jumpfleet_install_duration_seconds", "How long installers ran.");
        Ok(Self {
            figures: Figures::new(plan),
            finished: make.wholes("jumpfleet_hosts_finished", "Hosts that have an outcome.", &["outcome"])?,
            at_work: make.wholes("jumpfleet_hosts_running", "Hosts that are visited now.", &["phase"])?,
            pending: make
                .whole("jumpfleet_hosts_pending", "Hosts that are neither visited now nor finished.")?,
            away: make
                .whole("jumpfleet_hosts_away", "Pending hosts that cannot be reached and are waited for.")?,
            starts: make
                .keep(IntCounter::new("jumpfleet_starts_total", "Starts of installers and removals."))?,
            recent: make.whole("jumpfleet_starts_last_minute", "Starts within the last 60 seconds.")?,
            rate: make
                .number("jumpfleet_start_rate_per_minute", "Most starts a minute that are allowed now.")?,
            retries: make.keep(IntCounterVec::new(retries, &["class"]))?,
            wave: make
                .whole("jumpfleet_wave", "Number of the wave that is under way; 0 before the first.")?,
            gate: make.wholes("jumpfleet_gate_waiting", "Whether the run waits at a gate.", &["gate"])?,
            paused: make.whole("jumpfleet_paused", "Whether a person paused the run.")?,
            halted: make
                .whole("jumpfleet_halted", "Whether a rule, or a person for good, has ended the starts.")?,
            interrupted: make.whole("jumpfleet_interrupted", "Whether a signal has ended the starts.")?,
            ended: make.whole("jumpfleet_ended", "Whether the run has ended.")?,
            exit: None,
            budget: make.keep(GaugeVec::new(budget, &["rule"]))?,
            installs: make.keep(Histogram::with_opts(install.buckets(SECONDS.to_vec())))?,
            began: make.number("jumpfleet_started_timestamp_seconds", "When the run began.")?,
            last: make.number("jumpfleet_last_event_timestamp_seconds", "When something happened last.")?,
            ended_at: make.number("jumpfleet_ended_timestamp_seconds", "When the run ended; 0 before.")?,
            written: make.number("jumpfleet_metrics_timestamp_seconds", "When this file was written.")?,
            registry: make.0,
        })
    }

    fn add(&mut self, event: &Event) {
        self.figures.add(event);
        match &event.what {
            Happening::InstallEnded { milliseconds, .. } => {
                self.installs.observe(*milliseconds as f64 / 1000.0)
            }
            Happening::InstallStarted { .. } | Happening::RemovalStarted { .. } => self.starts.inc(),
            Happening::RetryPlanned { class, .. } | Happening::HostAway { class, .. } => {
                self.retries.with_label_values(&[class.word()]).inc();
            }
            _ => {}
        }
    }

    fn end(&mut self, ending: Option<&Ending>, now: Timestamp) {
        self.ended.set(1);
        self.ended_at.set(seconds(ending.map_or(now, |ending| ending.at)));
        let Some(ending) = ending else { return };
        self.figures.outcomes.clone_from(&ending.counts);
        let exit = IntGauge::new("jumpfleet_exit_code", "Exit code of the run, once it has ended.");
        if let Ok(exit) = Maker(self.registry.clone()).keep(exit) {
            exit.set(i64::from(ending.exit));
            self.exit = Some(exit);
        }
    }

    /// The text, as it stands at this moment.
    fn text(&mut self, now: Timestamp) -> prometheus::Result<String> {
        for kind in OutcomeKind::ALL {
            let count = self.figures.outcomes.get(kind).copied().unwrap_or_default();
            self.finished.with_label_values(&[kind.word()]).set(whole(count));
        }
        let at_work = self.figures.at_work();
        for phase in PHASES {
            let count = at_work.get(&phase).copied().unwrap_or_default();
            self.at_work.with_label_values(&[phase.word()]).set(whole(count));
        }
        for gate in [GateKind::Auto, GateKind::Manual] {
            let waits = self.figures.gate == Some(gate);
            self.gate.with_label_values(&[gate.word()]).set(i64::from(waits));
        }
        for (rule, used) in self.figures.spent() {
            self.budget.with_label_values(&[rule]).set(used);
        }
        self.pending.set(whole(self.figures.pending()));
        self.away.set(whole(self.figures.away()));
        self.recent.set(whole(self.figures.recent(now)));
        self.rate.set(a_minute(self.figures.rate));
        self.wave.set(self.figures.wave.map_or(0, |wave| i64::from(wave) + 1));
        self.paused.set(i64::from(self.figures.is_paused));
        self.halted.set(i64::from(self.figures.is_halted));
        self.interrupted.set(i64::from(self.figures.is_interrupted));
        self.began.set(self.figures.began.map_or(0.0, seconds));
        self.last.set(self.figures.last.map_or(0.0, seconds));
        self.written.set(seconds(now));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// The phases in which a host can be met at work.
const PHASES: [Phase; 8] = [
    Phase::Connect,
    Phase::Probe,
    Phase::Stage,
    Phase::Permit,
    Phase::Install,
    Phase::Start,
    Phase::Verify,
    Phase::Remove,
];

/// Writes the numbers of a run into a file, again and again.
pub struct Metrics {
    numbers: Numbers,
    texts: Option<SyncSender<String>>,
    /// The last text, while the one before it is still being written.
    waiting: Option<String>,
    thread: Option<thread::JoinHandle<()>>,
    written: Option<Timestamp>,
}

impl Metrics {
    /// Metrics of this run, in a file that is there from now on; `warning` is said when it cannot be written later.
    pub fn new(
        about: &About,
        plan: &Plan,
        path: PathBuf,
        warning: Arc<Warning>,
    ) -> Result<Self, prometheus::Error> {
        let numbers = Numbers::new(about, plan)?;
        let (texts, written) = sync_channel::<String>(1);
        let write = move || {
            for text in written {
                if let Err(error) = store::write_public(&path, |out| out.write_all(text.as_bytes())) {
                    warning.once(&format!("the metrics are not written: {error}"));
                }
            }
        };
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(write);
        Ok(Self { numbers, texts: Some(texts), waiting: None, thread: thread.ok(), written: None })
    }

    /// Hands the text to the thread, unless that still writes the one before.
    fn write(&mut self, now: Timestamp) {
        self.written = Some(now);
        self.waiting = self.numbers.text(now).ok();
        self.offer();
    }

    fn offer(&mut self) {
        let (Some(text), Some(texts)) = (self.waiting.take(), &self.texts) else { return };
        if let Err(std::sync::mpsc::TrySendError::Full(text)) = texts.try_send(text) {
            self.waiting = Some(text);
        }
    }
}

impl Watcher for Metrics {
    fn remember(&mut self, event: &Event) {
        self.numbers.add(event);
    }

    fn hear(&mut self, event: &Event) {
        self.numbers.add(event);
    }

    fn tick(&mut self, now: Timestamp) {
        // A clock that was set back must not keep the file from being written.
        let since = self.written.map(|written| now.duration_since(written).abs());
        if since.is_none_or(|since| since >= INTERVAL) {
            self.write(now);
        }
    }

    fn end(&mut self, ending: Option<&Ending>, now: Timestamp) {
        self.numbers.end(ending, now);
        self.write(now);
    }

    fn is_done(&mut self) -> bool {
        self.offer();
        if self.waiting.is_none() {
            self.texts = None;
        }
        self.thread.as_ref().is_none_or(thread::JoinHandle::is_finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_metric_is_made_twice() {
        let plan = crate::watch::tests::plan(&["a", "b"]);
        let about = About::new("run", &plan, "1.0.0");
        let mut numbers = Numbers::new(&about, &plan).unwrap();
        let text = numbers.text(Timestamp::UNIX_EPOCH).unwrap();
        assert!(text.contains("jumpfleet_hosts_pending 2\n"), "{text}");
    }
}
