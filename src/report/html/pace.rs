//! How do the starts of each minute look next to what was allowed? A drawing in numbers.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::Order;
use crate::report::record::Report;
use crate::report::timeline::clock;

/// The drawing's size and the room around the plot, in its own units.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// The most columns; with more minutes a column stands for several, and shows the busiest of them.
const MOST_COLUMNS: i64 = 240;
/// The widest column.
const WIDEST: f64 = 28.0;
/// Seconds between two marks of the time axis, the first that is wide enough is taken.
const STEPS: [i64; 14] =
    [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];
/// The most marks of the time axis.
const MOST_MARKS: i64 = 9;

/// Starts per minute over time.
#[derive(Serialize)]
pub(super) struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    columns: Vec<Column>,
    /// The path of the limit.
    limit: String,
    pauses: Vec<Span>,
    times: Vec<Mark>,
    values: Vec<Mark>,
    /// How many minutes a column stands for.
    minutes: i64,
}

#[derive(Serialize)]
struct Column {
    x: String,
    y: String,
    width: String,
    height: String,
    /// When it begins, for people.
    time: String,
    starts: u64,
    limit: String,
    /// Whether there were more starts than allowed.
    over: bool,
}

#[derive(Serialize)]
struct Span {
    x: String,
    width: String,
}

#[derive(Serialize)]
struct Mark {
    at: String,
    label: String,
    /// How its label lies, so that none is cut off: `start`, `middle` or `end`.
    anchor: &'static str,
}

/// The plot: minutes and starts to its units.
struct Plot {
    begin: i64,
    end: i64,
    most: f64,
}

impl Plot {
    fn x(&self, second: i64) -> f64 {
        let share = (second - self.begin) as f64 / (self.end - self.begin).max(1) as f64;
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, starts: f64) -> f64 {
        HEIGHT - BOTTOM - starts / self.most * (HEIGHT - TOP - BOTTOM)
    }
}

/// The drawing; none when nothing was started.
pub(super) fn chart(report: &Report) -> Option<Chart> {
    let minutes = &report.pace.minutes;
    let (first, last) = (minutes.first()?.0, minutes.last()?.0);
    let limits = limits(report);
    let each = ((last - first + 1) / MOST_COLUMNS + 1).max(1);
    let busiest = minutes.iter().map(|(_, starts)| *starts).max().unwrap_or(0) as f64;
    let allowed = limits.iter().map(|(_, rate)| *rate).fold(1.0, f64::max);
    // The limit of a run that asked for far more than it could use would make its starts too small to be seen.
    let most = busiest.max(allowed.min(busiest * 8.0)).max(1.0) * 1.08;
    let columns = (last - first) / each + 1;
    let plot = Plot { begin: first * 60, end: (first + columns * each) * 60, most };
    Some(Chart {
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: WIDTH - RIGHT,
        bottom: HEIGHT - BOTTOM,
        columns: self::columns(minutes, each, &limits, &plot),
        limit: path(&limits, &plot),
        pauses: pauses(report, &plot),
        times: times(&plot),
        values: values(&plot),
        minutes: each,
    })
}

/// From which second on how many starts a minute were allowed, in order.
fn limits(report: &Report) -> Vec<(i64, f64)> {
    let course = &report.course;
    let per_minute = |rate: crate::model::Rate| rate.per_hour() / 60.0;
    let plan = per_minute(report.run.rate);
    let begun = report.run.started.map_or(0, Timestamp::as_second);
    // Another process begins with the plan's rate; what it changes comes after.
    let begins =
        std::iter::once(begun).chain(course.resumptions.iter().map(|resumed| resumed.at.as_second()));
    let begins = begins.map(|at| (at, 0, plan));
    let changes = course.paces.iter().map(|pace| (pace.at.as_second(), 1, per_minute(pace.rate)));
    let mut said: Vec<_> = begins.chain(changes).collect();
    said.sort_by_key(|(at, order, _)| (*at, *order));
    in_force(&said)
}

/// The rates that were in force, of begins (0) and changes (1) in order: of each second the last one.
fn in_force(said: &[(i64, u8, f64)]) -> Vec<(i64, f64)> {
    let mut limits: Vec<(i64, u8, f64)> = Vec::with_capacity(said.len());
    for &(at, order, rate) in said {
        match limits.last_mut() {
            // A ramp says its first pace just after the begin, perhaps in the next second; nothing starts between.
            Some(last) if at == last.0 || (last.1 < order && at == last.0 + 1) => {
                (last.1, last.2) = (order, rate);
            }
            _ => limits.push((at, order, rate)),
        }
    }
    limits.into_iter().map(|(at, _, rate)| (at, rate)).collect()
}

/// The highest rate that was allowed at any time between two seconds.
fn allowed(limits: &[(i64, f64)], from: i64, to: i64) -> f64 {
    let before = limits.partition_point(|(at, _)| *at <= from).saturating_sub(1);
    let within = limits[before..].iter().take_while(|(at, _)| *at < to || *at <= from);
    within.map(|(_, rate)| *rate).fold(0.0, f64::max)
}

fn columns(minutes: &[(i64, u64)], each: i64, limits: &[(i64, f64)], plot: &Plot) -> Vec<Column> {
    let number = |minute: i64| (minute - plot.begin / 60) / each;
    let same = minutes.chunk_by(|a, b| number(a.0) == number(b.0));
    let column = |some: &[(i64, u64)]| {
        let (minute, _) = some.first()?;
        let begin = plot.begin + number(*minute) * each * 60;
        let starts = some.iter().map(|(_, starts)| *starts).max()?;
        let allowed = allowed(limits, begin, begin + each * 60);
        let (left, right) = (plot.x(begin), plot.x(begin + each * 60));
        let width = ((right - left) * 0.86).min(WIDEST);
        let top = plot.y(starts as f64);
        Some(Column {
            x: format!("{:.1}", (left + right - width) / 2.0),
            y: format!("{top:.1}"),
            width: format!("{width:.1}"),
            height: format!("{:.1}", HEIGHT - BOTTOM - top),
            time: Timestamp::from_second(begin).map(clock).unwrap_or_default(),
            starts,
            limit: trimmed(allowed),
            over: starts as f64 > allowed.max(1.0),
        })
    };
    same.filter_map(column).collect()
}

/// A stair through all limits, over the whole plot.
fn path(limits: &[(i64, f64)], plot: &Plot) -> String {
    let before = limits.partition_point(|(at, _)| *at <= plot.begin).saturating_sub(1);
    let mut path = String::new();
    for (at, rate) in limits[before..].iter().take_while(|(at, _)| *at < plot.end) {
        // What lies above the plot runs along its upper edge.
        let (x, y) = (plot.x(*at), plot.y(rate.min(plot.most)));
        let _ = match path.is_empty() {
            true => write!(path, "M{LEFT:.1} {y:.1}"),
            false => write!(path, "H{x:.1}V{y:.1}"),
        };
    }
    if !path.is_empty() {
        let _ = write!(path, "H{:.1}", WIDTH - RIGHT);
    }
    path
}

/// The times in which a person wanted no starts.
fn pauses(report: &Report, plot: &Plot) -> Vec<Span> {
    let mut pauses = Vec::new();
    let mut begun = None;
    for order in &report.course.orders {
        match (order.order, begun) {
            (Order::Pause, None) => begun = Some(order.at.as_second()),
            (Order::Continue | Order::Halt, Some(from)) => {
                pauses.push((from, order.at.as_second()));
                begun = None;
            }
            _ => {}
        }
    }
    pauses.extend(begun.map(|from| (from, plot.end)));
    let span = |(from, to)| (plot.x(from), plot.x(to));
    let span = |pause| {
        let (left, right) = span(pause);
        Span { x: format!("{left:.1}"), width: format!("{:.1}", (right - left).max(1.0)) }
    };
    pauses.into_iter().map(span).collect()
}

fn times(plot: &Plot) -> Vec<Mark> {
    let span = plot.end - plot.begin;
    let step = STEPS.into_iter().find(|step| span / step < MOST_MARKS).unwrap_or(span / MOST_MARKS + 1);
    let format = if span > 86_400 { "%-d %b %H:%M" } else { "%H:%M" };
    let first = plot.begin.div_euclid(step) * step;
    let marks = (0..=MOST_MARKS + 1).map(|number| first + number * step);
    let marks = marks.filter(|at| (plot.begin..=plot.end).contains(at));
    let label = |at| Timestamp::from_second(at).map(|at| at.strftime(format).to_string()).unwrap_or_default();
    let anchor = |x| match x {
        _ if x > WIDTH - RIGHT - 40.0 => "end",
        _ if x < LEFT + 10.0 => "start",
        _ => "middle",
    };
    let mark = |at| (plot.x(at), label(at));
    marks.map(mark).map(|(x, label)| Mark { at: format!("{x:.1}"), label, anchor: anchor(x) }).collect()
}

fn values(plot: &Plot) -> Vec<Mark> {
    let nice = [1.0, 2.0, 5.0];
    let steps = (0..9).flat_map(|power| nice.map(|step| step * 10f64.powi(power)));
    let step = steps.into_iter().find(|step| plot.most / step <= 5.0).unwrap_or(plot.most);
    let marks = (0..=5).map(|number| f64::from(number) * step).filter(|value| *value <= plot.most);
    let mark = |value| Mark { at: format!("{:.1}", plot.y(value)), label: trimmed(value), anchor: "end" };
    marks.map(mark).collect()
}

/// A number without needless digits.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_column_is_the_highest_that_held_in_it() {
        let limits = [(0, 6.0), (90, 60.0), (180, 20.0)];
        assert_eq!(allowed(&limits, 0, 60), 6.0);
        assert_eq!(allowed(&limits, 60, 120), 60.0);
        assert_eq!(allowed(&limits, 120, 180), 60.0);
        assert_eq!(allowed(&limits, 180, 240), 20.0);
        assert_eq!(allowed(&limits, 900, 960), 20.0);
    }

    #[test]
    fn the_first_pace_of_a_ramp_holds_from_the_begin() {
        for second in [100, 101] {
            let said = [(100, 0, 60.0), (second, 1, 6.0), (400, 1, 60.0), (900, 0, 60.0), (900, 1, 6.0)];
            let limits = in_force(&said);
            assert_eq!(limits, [(100, 6.0), (400, 60.0), (900, 6.0)]);
            assert_eq!(allowed(&limits, 60, 120), 6.0);
        }
        assert_eq!(in_force(&[(100, 0, 60.0), (102, 1, 6.0)]), [(100, 60.0), (102, 6.0)]);
        assert_eq!(in_force(&[(100, 1, 60.0), (100, 1, 6.0), (101, 1, 3.0)]), [(100, 6.0), (101, 3.0)]);
    }

    #[test]
    fn marks_are_round_and_inside() {
        let plot = Plot { begin: 1_777_672_800, end: 1_777_672_800 + 7 * 3600, most: 64.8 };
        let labels =
            |marks: Vec<Mark>| marks.into_iter().map(|mark| mark.label).collect::<Vec<_>>().join(" ");
        assert_eq!(labels(times(&plot)), "22:00 23:00 00:00 01:00 02:00 03:00 04:00 05:00");
        assert_eq!(labels(values(&plot)), "0 20 40 60");
    }
}
