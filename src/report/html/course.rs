//! When was which wave under way, and what happened at the gates?

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::text::{line, number};
use super::view::{Slice, slices};
use crate::model::GateKind;
use crate::report::course::GateRecord;
use crate::report::record::Report;
use crate::report::timeline::{clock, lines};
use crate::report::verdict::duration;

/// The most waves that are drawn.
const MOST_WAVES: usize = 200;
/// The most characters of a name.
const MOST_NAME: usize = 80;

/// The waves on a common axis, and everything worth knowing in words.
#[derive(Serialize)]
pub(super) struct Course<'a> {
    waves: Vec<Wave<'a>>,
    more_waves: usize,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Wave<'a> {
    number: u32,
    name: Cow<'a, str>,
    hosts: String,
    bar: Vec<Slice>,
    began: String,
    took: String,
    /// Where it lies on an axis that is 1000 wide.
    from: String,
    width: String,
    gates: Vec<Gate>,
}

#[derive(Serialize)]
struct Gate {
    /// `opened`, `closed` or `waits`.
    word: &'static str,
    /// From when it was reached until it was decided, on the same axis.
    from: String,
    width: String,
    at: String,
    said: String,
}

#[derive(Serialize)]
struct Line {
    time: Option<String>,
    text: String,
}

/// The axis: from the first event of the run to the last.
struct Axis {
    begin: i64,
    length: f64,
}

impl Axis {
    fn at(&self, at: Timestamp) -> f64 {
        ((at.as_millisecond() - self.begin) as f64 * 1000.0 / self.length).clamp(0.0, 1000.0)
    }

    /// Begin and width of a span, wide enough to be seen.
    fn span(&self, from: Timestamp, to: Timestamp) -> (String, String) {
        let (left, right) = (self.at(from), self.at(to));
        let left = left.min(996.0);
        (format!("{left:.1}"), format!("{:.1}", (right - left).max(4.0)))
    }
}

pub(super) fn of(report: &Report) -> Course<'_> {
    let said = |(time, text): (Option<Timestamp>, String)| Line { time: time.map(clock), text };
    let lines = lines(report).into_iter().map(said).collect();
    let known = &report.course.waves;
    let (Some(first), Some(last)) = (report.run.started, report.run.last) else {
        return Course { waves: Vec::new(), more_waves: known.len(), lines };
    };
    let begin = first.as_millisecond();
    let axis = Axis { begin, length: (last.as_millisecond() - begin).max(1) as f64 };
    let waves = known.iter().take(MOST_WAVES).map(|wave| {
        let end = wave.ended.unwrap_or(last);
        let (from, width) = axis.span(wave.started, end);
        let gates = report.course.gates.iter().filter(|gate| gate.wave == wave.wave);
        Wave {
            number: wave.wave + 1,
            name: line(&wave.name, MOST_NAME),
            hosts: number(wave.hosts),
            bar: slices(wave.counts.iter().map(|(kind, count)| (*kind, *count))),
            began: clock(wave.started),
            took: wave.ended.map_or("not ended".to_owned(), |_| took(wave.started, end)),
            from,
            width,
            gates: gates
                .filter(|gate| gate.kind != GateKind::None)
                .map(|gate| self::gate(gate, &axis, last))
                .collect(),
        }
    });
    Course { waves: waves.collect(), more_waves: known.len().saturating_sub(MOST_WAVES), lines }
}

fn gate(gate: &GateRecord, axis: &Axis, last: Timestamp) -> Gate {
    let decided = gate.decision.as_ref().map(|decision| decision.decided);
    let word = match &gate.decision {
        None => "waits",
        Some(decision) if decision.opened => "opened",
        Some(_) => "closed",
    };
    let end = decided.unwrap_or(last);
    let (from, width) = axis.span(gate.reached, end);
    let why = gate.decision.as_ref().map_or(String::new(), |decision| format!(": {}", decision.why));
    let after = decided.map_or(String::new(), |at| format!(" after {}", took(gate.reached, at)));
    let said = format!("{} gate {word}{after}{why}", gate.kind);
    Gate { word, from, width, at: format!("{:.1}", axis.at(end)), said: line(&said, 300).into_owned() }
}

fn took(from: Timestamp, to: Timestamp) -> String {
    duration(std::time::Duration::try_from(to.duration_since(from)).unwrap_or_default())
}
