//! Which line is an event worth? Pure.

use std::time::Duration;

use super::frame::Piece;
use super::paint::Meaning;
use super::said;
use super::tally::{self, Tally};
use crate::model::reason::{EXPIRED, upgraded};
use crate::model::{Event, GateKind, Happening, OutcomeKind, Task};

/// The line of an event that is worth one in a log.
pub fn line(event: &Event, tally: &Tally) -> Option<String> {
    let text = match &event.host {
        Some(host) => of_host(host, &event.what, tally),
        None => of_run(&event.what, tally.task(), tally.hosts()),
    };
    Some(format!("{} {}", event.at.strftime("%H:%M:%S"), text?))
}

fn of_host(host: &str, what: &Happening, tally: &Tally) -> Option<String> {
    match what {
        Happening::HostFinished { outcome, milliseconds } => {
            let taken = Duration::from_millis(*milliseconds).as_secs_f64();
            let place = format!("[{}/{}]", tally.finished(), tally.hosts());
            Some(format!("{place} {host}: {} ({taken:.1} s)", said(outcome)))
        }
        Happening::RetryPlanned { phase, detail, delay, .. } => {
            Some(format!("{host}: {phase}: {detail}; tried again in {} s", seconds(*delay)))
        }
        Happening::HostAway { detail, delay, .. } => {
            Some(format!("{host}: away: {detail}; tried again in {} s", seconds(*delay)))
        }
        Happening::HostLost { .. } => lost(host, what),
        Happening::LeftBehind { detail } => Some(format!("{host}: left behind: {detail}")),
        Happening::Rechecked { missing, .. } => lacking(host, missing),
        Happening::ClientConnected { client, .. } => {
            Some(format!("{host}: connected to the site as Jump Client {client}"))
        }
        Happening::RecordEnded { client: Some(client), end, .. } => {
            Some(format!("{host}: its record {client} on the site: {end}"))
        }
        Happening::SessionMet { lsid, users, end } => {
            Some(format!("{host}: session {lsid} by {}: {end}", users.join(", ")))
        }
        what => not_connected(host, what),
    }
}

/// A restart takes minutes in which nothing is heard of a host.
fn lost(host: &str, what: &Happening) -> Option<String> {
    let Happening::HostLost { detail, limit } = what else { return None };
    Some(format!("{host}: lost: {detail}; waited for up to {} s, for it may be restarting", seconds(*limit)))
}

fn not_connected(host: &str, what: &Happening) -> Option<String> {
    match what {
        Happening::ClientNotConnected { detail, unseen: false } => {
            Some(format!("{host}: installed but not connected: {detail}"))
        }
        Happening::ClientNotConnected { detail, .. } => {
            Some(format!("{host}: installed; whether it connected is not known: {detail}"))
        }
        _ => None,
    }
}

/// The line of an event of the run as a whole, which is over so many hosts.
pub(super) fn of_run(what: &Happening, task: Task, hosts: u64) -> Option<String> {
    match what {
        Happening::StopRequested { reason } => Some(stopping(reason, task)),
        Happening::VendorRateExceeded { rate } => {
            Some(format!("warning: {rate} is more than the vendor allows, as asked for"))
        }
        _ => course(what, task, hosts),
    }
}

fn stopping(reason: &str, task: Task) -> String {
    format!("stopping: {reason}; running {} are waited for", acts(task))
}

/// What is started on the hosts, as people call it.
pub(super) fn acts(task: Task) -> &'static str {
    if task == Task::Uninstall { "removals" } else { "installs" }
}

/// The line of an event that a person at a terminal must not miss.
pub(super) fn mishap(event: &Event, tally: &Tally) -> Option<Piece> {
    let host = event.host.as_deref().unwrap_or_default();
    let text = match &event.what {
        Happening::HostFinished { outcome, .. } => match outcome.kind() {
            OutcomeKind::Failed | OutcomeKind::Unreachable | OutcomeKind::Unknown => {
                Some(format!("{host}: {}", said(outcome)))
            }
            _ => None,
        },
        Happening::HostLost { .. } => lost(host, &event.what),
        Happening::LeftBehind { detail } => Some(format!("{host}: left behind: {detail}")),
        Happening::Rechecked { missing, .. } => lacking(host, missing),
        Happening::ClientNotConnected { .. } => not_connected(host, &event.what),
        Happening::StopRequested { reason } => {
            Some(format!("{}, Ctrl-C again stops at once", stopping(reason, tally.task())))
        }
        what => course(what, tally.task(), tally.hosts()),
    };
    Some(Piece::new(meaning(&event.what), text?))
}

/// What an event means to those who watch.
pub(super) fn meaning(what: &Happening) -> Option<Meaning> {
    match what {
        Happening::HostFinished { outcome, .. } => tally::meaning(outcome.kind()),
        Happening::ClientConnected { .. } => Some(Meaning::Good),
        Happening::ClientNotConnected { unseen: true, .. } => Some(Meaning::Care),
        Happening::ClientNotConnected { .. }
        | Happening::ApplianceUpgraded { .. }
        | Happening::InstallersEnded { .. }
        | Happening::Rechecked { .. }
        | Happening::GateClosed { .. }
        | Happening::BudgetReached { .. } => Some(Meaning::Bad),
        Happening::LeftBehind { .. }
        | Happening::RetryPlanned { .. }
        | Happening::HostAway { .. }
        | Happening::HostLost { .. }
        | Happening::SessionMet { .. }
        | Happening::StopRequested { .. }
        | Happening::VendorRateExceeded { .. }
        | Happening::Paused { .. }
        | Happening::GateReached { .. }
        | Happening::HaltRequested { .. } => Some(Meaning::Care),
        _ => None,
    }
}

/// What happens to the run as a whole.
fn course(what: &Happening, task: Task, all: u64) -> Option<String> {
    match what {
        // A plan of one wave has no waves to speak of.
        Happening::WaveStarted { wave, name, hosts } if *hosts < all => {
            let number = (wave + 1).to_string();
            // Waves that were cut have no other name.
            let named = if *name == number { String::new() } else { format!(": {name}") };
            Some(format!("wave {number}{named} ({hosts} of {all} hosts)"))
        }
        Happening::GateReached { wave, gate } => match gate.kind {
            GateKind::Auto => {
                let after = wave + 1;
                Some(format!("gate behind wave {after}: its clients are looked at again in {} s", gate.soak))
            }
            GateKind::Manual => {
                Some(format!("gate behind wave {}: waits for `jumpfleet continue`", wave + 1))
            }
            GateKind::None => None,
        },
        Happening::GateOpened { wave, why } => Some(format!("gate behind wave {}: open: {why}", wave + 1)),
        Happening::GateClosed { wave, why } => Some(format!("gate behind wave {}: closed: {why}", wave + 1)),
        Happening::PaceChanged { rate, why } => Some(format!("rate {rate}: {why}")),
        Happening::BudgetReached { rule, limit, mishaps, sample, hosts } => {
            let last = hosts.last().map_or(String::new(), |host| format!(", the last one {host}"));
            Some(format!("rule {rule} (limit {limit}): {mishaps} of {sample} hosts{last}"))
        }
        Happening::Paused { by } => Some(format!("paused by {by}: no {} are started", acts(task))),
        Happening::Continued { by } => Some(format!("continued by {by}")),
        Happening::RateSet { rate, by } => Some(format!("rate set to {rate} by {by}")),
        Happening::HaltRequested { by } => Some(format!("halted by {by}")),
        Happening::ApplianceUpgraded { from, to } => Some(upgraded(from, to)),
        Happening::InstallersEnded { release, why } => Some(format!("{EXPIRED}`{release}` {why}")),
        _ => None,
    }
}

fn lacking(host: &str, missing: &[String]) -> Option<String> {
    (!missing.is_empty()).then(|| format!("{host}: looked at again: {}", missing.join(", ")))
}

fn seconds(milliseconds: u64) -> String {
    format!("{:.0}", Duration::from_millis(milliseconds).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Gate, Outcome, Rate};
    use crate::ui::Outset;
    use jiff::Timestamp;

    fn shown(host: Option<&str>, what: Happening) -> Option<String> {
        shown_in(Task::Install, host, what)
    }

    fn shown_in(task: Task, host: Option<&str>, what: Happening) -> Option<String> {
        let interval = Duration::from_secs(1);
        let tally = Tally::new(Outset { task, hosts: 10, finished: 0, interval });
        let event = Event { at: Timestamp::UNIX_EPOCH, host: host.map(Into::into), what };
        let logged = line(&event, &tally).map(|line| line.trim_start_matches("00:00:00 ").to_owned());
        let alerted =
            mishap(&event, &tally).map(|piece| piece.text.replace(", Ctrl-C again stops at once", ""));
        // What is only for logs are mishaps that may pass, and hosts that ended well.
        assert!(alerted.is_none() || alerted == logged, "{alerted:?} {logged:?}");
        logged
    }

    #[test]
    fn what_happens_to_the_run_as_a_whole_is_said_in_logs_and_above_bars() {
        let gate = |kind| Happening::GateReached { wave: 0, gate: Gate { kind, soak: 60 } };
        let twenty = Rate::per_minute(20);
        for (what, said) in [
            (
                Happening::WaveStarted { wave: 1, name: "main".into(), hosts: 8 },
                Some("wave 2: main (8 of 10 hosts)"),
            ),
            (Happening::WaveStarted { wave: 0, name: "all".into(), hosts: 10 }, None),
            (gate(GateKind::Auto), Some("gate behind wave 1: its clients are looked at again in 60 s")),
            (gate(GateKind::Manual), Some("gate behind wave 1: waits for `jumpfleet continue`")),
            (gate(GateKind::None), None),
            (Happening::RateSet { rate: twenty, by: "ada".into() }, Some("rate set to 20/min by ada")),
            (Happening::PaceChanged { rate: twenty, why: "so".into() }, Some("rate 20/min: so")),
            (Happening::HaltRequested { by: "ada".into() }, Some("halted by ada")),
            (
                Happening::BudgetReached {
                    rule: "failures".into(),
                    limit: "10%".into(),
                    mishaps: 5,
                    sample: 50,
                    hosts: vec!["a".into(), "b".into()],
                },
                Some("rule failures (limit 10%): 5 of 50 hosts, the last one b"),
            ),
        ] {
            assert_eq!(shown(None, what).as_deref(), said);
        }
    }

    #[test]
    fn a_removal_is_not_called_an_install() {
        for (task, word) in [(Task::Uninstall, "removals"), (Task::Install, "installs")] {
            let stop = Happening::StopRequested { reason: "interrupted".into() };
            let said = format!("stopping: interrupted; running {word} are waited for");
            assert_eq!(shown_in(task, None, stop), Some(said));
            let said = format!("paused by ada: no {word} are started");
            assert_eq!(shown_in(task, None, Happening::Paused { by: "ada".into() }), Some(said));
        }
    }

    #[test]
    fn a_host_that_is_looked_at_again_is_said_only_when_something_is_missing() {
        assert_eq!(shown(Some("a"), Happening::Rechecked { missing: vec![], unseen: false }), None);
        let missing = vec!["its process".to_owned()];
        let said = shown(Some("a"), Happening::Rechecked { missing, unseen: false });
        assert_eq!(said.as_deref(), Some("a: looked at again: its process"));
        let outcome = Outcome::Removed { directory: None, notes: Vec::new() };
        let said = shown(Some("a"), Happening::HostFinished { outcome, milliseconds: 1500 });
        assert_eq!(said.as_deref(), Some("[0/10] a: removed (1.5 s)"));
    }
}
