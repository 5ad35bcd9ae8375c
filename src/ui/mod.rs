//! What do people see while a run goes on? Events in, lines or bars out.

mod tally;

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::{Event, Happening, Outcome, OutcomeKind};
use tally::Tally;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A bar on the terminal, with mishaps above it.
    Bars,
    /// A line a host, for logs.
    Lines,
    /// The events themselves, one JSON object a line, on standard output.
    Json,
    /// Nothing.
    Quiet,
}

/// The one mouth of a run; it hears events from any thread and never fails the run.
pub struct Screen {
    mode: Mode,
    state: Mutex<State>,
}

struct State {
    tally: Tally,
    bar: ProgressBar,
}

impl Screen {
    /// A screen for a run over so many hosts, of which some are finished already.
    ///
    /// `interval` is the time between two starts, for the estimate; `colour` allows colours.
    pub fn new(mode: Mode, hosts: u64, finished: u64, interval: Duration, colour: bool) -> Self {
        let bar = match mode {
            Mode::Bars => ProgressBar::with_draw_target(Some(hosts), ProgressDrawTarget::stderr()),
            _ => ProgressBar::hidden(),
        };
        let template =
            if colour { "{bar:32.green/dim} {pos}/{len}  {msg}" } else { "{bar:32} {pos}/{len}  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_position(finished);
        if mode == Mode::Bars {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { mode, state: Mutex::new(State { tally: Tally::new(hosts, finished, interval), bar }) }
    }

    /// Hears an event.
    pub fn hear(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.tally.add(event);
        match self.mode {
            Mode::Quiet => {}
            Mode::Json => json(event),
            Mode::Lines => {
                if let Some(line) = line(event, &state.tally) {
                    talk(&line);
                }
            }
            Mode::Bars => {
                if let Some(line) = mishap(event) {
                    state.bar.println(line);
                }
                state.bar.set_position(state.tally.finished());
                let summary = state.tally.summary(event.at);
                state.bar.set_message(summary);
            }
        }
    }

    /// Takes the bar away.
    pub fn close(&self) {
        let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.bar.finish_and_clear();
    }
}

/// Standard error and standard output may be closed pipes; a run does not end for that.
fn talk(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn json(event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// The line of an event that is worth one in a log.
fn line(event: &Event, tally: &Tally) -> Option<String> {
    let time = event.at.strftime("%H:%M:%S");
    let host = event.host.as_deref();
    let text = match (&event.what, host) {
        (Happening::HostFinished { outcome, milliseconds }, Some(host)) => {
            let taken = Duration::from_millis(*milliseconds).as_secs_f64();
            format!("[{}/{}] {host}: {} ({taken:.1} s)", tally.finished(), tally.hosts(), said(outcome))
        }
        (Happening::RetryPlanned { phase, detail, delay }, Some(host)) => {
            let rest = Duration::from_millis(*delay).as_secs_f64();
            format!("{host}: {phase}: {detail}; tried again in {rest:.0} s")
        }
        (Happening::LeftBehind { detail }, Some(host)) => format!("{host}: left behind: {detail}"),
        (Happening::StopRequested { reason }, _) => {
            format!("stopping: {reason}; running installs are waited for")
        }
        (Happening::VendorRateExceeded { rate }, _) => {
            format!("warning: {rate} is more than the vendor allows, as asked for")
        }
        _ => return None,
    };
    Some(format!("{time} {text}"))
}

/// The line of an event that a person at a terminal must not miss.
fn mishap(event: &Event) -> Option<String> {
    let host = event.host.as_deref().unwrap_or_default();
    match &event.what {
        Happening::HostFinished { outcome, .. } => match outcome.kind() {
            OutcomeKind::Failed | OutcomeKind::Unreachable | OutcomeKind::Unknown => {
                Some(format!("{host}: {}", said(outcome)))
            }
            _ => None,
        },
        Happening::LeftBehind { detail } => Some(format!("{host}: left behind: {detail}")),
        Happening::StopRequested { reason } => {
            Some(format!("stopping: {reason}; running installs are waited for, Ctrl-C again stops at once"))
        }
        _ => None,
    }
}

/// An outcome in a few words.
pub fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Installed { .. } => "installed".to_owned(),
        Outcome::AlreadyPresent { rule, evidence, running } => {
            let idle = if *running { "" } else { "; but no client runs" };
            format!("already present ({rule}: {evidence}){idle}")
        }
        Outcome::Failed { phase, class, detail, .. } => format!("failed: {phase}: {class}: {detail}"),
        Outcome::Unreachable { class, detail } => format!("unreachable: {class}: {detail}"),
        Outcome::Unknown { phase, detail } => format!("unknown: {phase}: {detail}"),
        Outcome::NotStarted { reason } => format!("not started: {reason}"),
    }
}
