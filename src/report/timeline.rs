//! What happened to a run as a whole, one line each?

use jiff::Timestamp;

use super::clean::{clean_line, defuse, first_characters};
use super::course::{BudgetRecord, Course, GateRecord, OrderRecord, WaveRecord};
use super::names::fold_within;
use super::record::Report;
use super::verdict::kind_words;
use crate::model::{GateKind, Order, counted};

/// The most lines; what happened first and last is worth most.
const MOST_LINES: usize = 60;
/// The most characters of a line, without its time.
const MOST_LINE: usize = 600;
/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 400;
/// How many of the last rates are named.
const MOST_RATES: usize = 8;

/// A line, and when it happened if it happened at one time.
pub(super) type Line = (Option<Timestamp>, String);

/// What a person wants to know of the run's course; nothing when it went straight on.
pub(super) fn lines(report: &Report) -> Vec<Line> {
    let course = &report.course;
    if !course.is_notable() {
        return Vec::new();
    }
    let mut timed: Vec<(Timestamp, String)> = Vec::new();
    timed.extend(course.waves.iter().map(|wave| (wave.started, self::wave(report, wave))));
    let gates = course.gates.iter().filter(|gate| gate.kind != GateKind::None);
    timed.extend(gates.map(|gate| (gate.reached, self::gate(gate))));
    timed.extend(course.budgets.iter().map(|budget| (budget.at, self::budget(budget))));
    timed.extend(course.orders.iter().map(|order| (order.at, self::order(order))));
    timed.sort_by_key(|(at, _)| *at);
    let timed = timed.into_iter().map(|(at, line)| (Some(at), line)).collect();
    let mut lines = shortened(timed);
    lines.extend(sums(course).into_iter().map(|line| (None, line)));
    for (_, line) in &mut lines {
        *line = defuse(&first_characters(&clean_line(line), MOST_LINE)).into_owned();
    }
    lines
}

/// The first and the last lines, and how many were left out between.
fn shortened(mut lines: Vec<Line>) -> Vec<Line> {
    if lines.len() > MOST_LINES {
        let half = MOST_LINES / 2;
        let last = lines.split_off(lines.len() - half);
        let left_out = lines.len() - half;
        lines.truncate(half);
        lines.push((None, format!("… and {left_out} more; `--format json` has them all")));
        lines.extend(last);
    }
    lines
}

fn wave(report: &Report, wave: &WaveRecord) -> String {
    let ended = wave.ended.map_or(String::new(), |at| format!("; until {}", later(wave.started, at)));
    let counts: Vec<String> =
        wave.counts.iter().map(|(kind, count)| format!("{count} {}", kind_words(*kind))).collect();
    let total = report.waves.len();
    let number = wave.wave + 1;
    format!(
        "wave {number} of {total}, {}, {}: {}{ended}",
        wave.name,
        counted(wave.hosts, "host"),
        counts.join(", ")
    )
}

pub(super) fn gate(gate: &GateRecord) -> String {
    let soak = match gate.kind {
        GateKind::Auto => format!(", {} s", gate.soak),
        _ => String::new(),
    };
    let what = format!("gate behind wave {} ({}{soak})", gate.wave + 1, gate.kind);
    match &gate.decision {
        None => format!("{what}: waits"),
        Some(decision) => {
            let word = if decision.opened { "opened" } else { "closed" };
            format!("{what}: {word} {}: {}", later(gate.reached, decision.decided), decision.why)
        }
    }
}

/// A moment to the second, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A later moment, without its day when that is the same.
fn later(from: Timestamp, at: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    if day(from) == day(at) { at.strftime("%H:%M:%S").to_string() } else { clock(at) }
}

pub(super) fn budget(budget: &BudgetRecord) -> String {
    let BudgetRecord { rule, limit, mishaps, sample, .. } = budget;
    let names = fold_within(budget.hosts.iter().map(|name| &**name), MOST_NAMES);
    format!("halted by the rule {rule}, limit {limit}: {mishaps} of {}: {names}", counted(*sample, "host"))
}

fn order(order: &OrderRecord) -> String {
    format!("{} by {}", order_words(order.order), order.by)
}

pub(super) fn order_words(order: Order) -> String {
    match order {
        Order::Pause => "paused".to_owned(),
        Order::Continue => "continued".to_owned(),
        Order::Halt => "halted".to_owned(),
        Order::Rate { rate } => format!("rate set to {rate}"),
    }
}

/// What happened many times, or to many hosts.
fn sums(course: &Course) -> Vec<String> {
    let mut lines = Vec::new();
    if course.paces.len() > 1 {
        let from = course.paces.len().saturating_sub(MOST_RATES);
        let rates: Vec<String> = course.paces[from..].iter().map(|pace| pace.rate.to_string()).collect();
        let earlier = if from > 0 { "…, " } else { "" };
        lines.push(format!("rates: {earlier}{}", rates.join(", ")));
    }
    if !course.retries.is_empty() {
        let classes: Vec<String> =
            course.retries.iter().map(|(class, times)| format!("{times} {class}")).collect();
        lines.push(format!("tried again: {}", classes.join(", ")));
    }
    if !course.away.is_empty() {
        let names = fold_within(course.away.iter().map(|name| &**name), MOST_NAMES);
        lines.push(format!("away for a while: {}: {names}", counted(course.away.len(), "host")));
    }
    if course.rechecked > 0 {
        lines.push(rechecks(course));
    }
    if course.missed_window > 0 {
        lines.push(format!("window missed: {}", counted(course.missed_window, "host")));
    }
    lines
}

fn rechecks(course: &Course) -> String {
    let looked = format!("looked at again: {}", counted(course.rechecked, "host"));
    if course.lacking.is_empty() {
        return format!("{looked}, all as they should be");
    }
    let names = fold_within(course.lacking.iter().map(|name| &**name), MOST_NAMES);
    format!("{looked}, {} no longer as it should be: {names}", course.lacking.len())
}
