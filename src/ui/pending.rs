//! Who is not done yet, and since when? Pure.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use super::tally::Tally;
use super::width::{cut, padded, width};
use crate::model::Phase;
use crate::report::{clean_line, duration};

/// The widest column of names.
const WIDEST_NAME: usize = 32;

/// What a host is at, since when; the most urgent first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Something runs on it that changes it.
    Acting,
    /// It is got ready.
    Preparing,
    /// It waits for a permit.
    Waiting,
    /// It is tried again.
    Resting,
    /// It is away and looked for from time to time.
    Away,
}

impl Rank {
    fn of(phase: Phase) -> Self {
        match phase {
            Phase::Permit => Self::Waiting,
            phase if phase >= Phase::Install => Self::Acting,
            _ => Self::Preparing,
        }
    }
}

/// The lines for a terminal of so many columns, at most so many of them; the last column stays free.
pub fn pending(tally: &Tally, now: Timestamp, columns: usize, most: usize) -> Vec<String> {
    let room = columns.saturating_sub(1);
    let rows = rows(tally, now);
    let shown = if rows.len() < most { rows.len() } else { most.saturating_sub(2) };
    let names = rows[..shown].iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let names = names.min(WIDEST_NAME).min(room / 2);
    let mut lines = vec![cut(&head(tally, now), room).into_owned()];
    for (name, what) in &rows[..shown] {
        lines.push(cut(&format!("  {}  {what}", padded(name, names)), room).into_owned());
    }
    if shown < rows.len() {
        lines.push(cut(&format!("  … and {} more", rows.len() - shown), room).into_owned());
    }
    lines
}

/// `22:00:09 pending: 3 at work or waiting, 1 tried again, 16 not begun in wave 2`
fn head(tally: &Tally, now: Timestamp) -> String {
    let (busy, resting) = (tally.doing().len(), tally.resting().len());
    let (not_begun, wave) = tally.not_begun();
    let wave = wave.map_or(String::new(), |wave| format!(" in wave {wave}"));
    let mut parts = Vec::new();
    if busy > 0 {
        parts.push(format!("{busy} at work or waiting"));
    }
    if resting > 0 {
        parts.push(format!("{resting} tried again"));
    }
    parts.push(format!("{not_begun} not begun{wave}"));
    format!("{} pending: {}", now.strftime("%H:%M:%S"), parts.join(", "))
}

/// Each host with what it is at, the most urgent first.
fn rows(tally: &Tally, now: Timestamp) -> Vec<(String, String)> {
    let since = |from: Timestamp, to: Timestamp| {
        // Whole seconds: the screen is not a stopwatch.
        let seconds = to.duration_since(from).as_secs();
        duration(Duration::from_secs(seconds.max(0).unsigned_abs())).replace("0 ms", "0 s")
    };
    let busy = tally.doing().iter().map(|(host, doing)| {
        let what = match doing.phase {
            Phase::Permit => "waits for a permit".to_owned(),
            phase => phase.word().to_owned(),
        };
        // Of those at the same thing, whoever is at it the longest.
        let order = (Rank::of(doing.phase), Reverse(now.duration_since(doing.since)));
        (order, host, format!("{what}, for {}", since(doing.since, now)))
    });
    let resting = tally.resting().iter().map(|(host, rest)| {
        let (rank, away) = if rest.is_away { (Rank::Away, "away, ") } else { (Rank::Resting, "") };
        let again = format!("{away}again in {}: {}", since(now, rest.until), clean_line(&rest.why));
        ((rank, Reverse(now.duration_since(rest.until))), host, again)
    });
    let mut rows: Vec<_> = busy.chain(resting).collect();
    rows.sort_by(|(one, one_name, _), (other, other_name, _)| (one, one_name).cmp(&(other, other_name)));
    rows.into_iter().map(|(_, host, what)| (clean_line(host).into_owned(), what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Event, Happening, Outcome, Standing, Task};
    use crate::ui::Outset;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn tally() -> Tally {
        let interval = Duration::from_secs(1);
        let mut tally = Tally::new(Outset { task: Task::Install, hosts: 30, finished: 2, interval });
        let mut add = |seconds, host: &str, what| {
            tally.add(&Event { at: at(seconds), host: Some(host.into()), what });
        };
        add(0, "web01", Happening::InstallStarted { waited: 0 });
        add(5, "web02", Happening::InstallStarted { waited: 0 });
        add(1, "web03", Happening::InstallReady);
        add(2, "web04", Happening::VisitStarted { attempt: 1 });
        let detail = "nobody \u{1b}[2Jlistens".to_owned();
        let class = Class::ConnectionRefused;
        let standing = Standing::Fresh;
        add(
            3,
            "db01",
            Happening::RetryPlanned { phase: Phase::Connect, class, detail, delay: 9000, standing },
        );
        let detail = "asleep".to_owned();
        add(4, "日本.example.org", Happening::HostAway { class: Class::NoRoute, detail, delay: 300_000 });
        tally
    }

    #[test]
    fn the_most_urgent_is_named_first() {
        let lines = pending(&tally(), at(10), 80, 20);
        let wanted = [
            "00:00:10 pending: 4 at work or waiting, 2 tried again, 22 not begun",
            "  web01             install, for 10 s",
            "  web02             install, for 5 s",
            "  web04             connect, for 8 s",
            "  web03             waits for a permit, for 9 s",
            "  db01              again in 2 s: connection_refused: nobody listens",
            "  日本.example.org  away, again in 4 min 54 s: no_route: asleep",
        ];
        assert_eq!(lines, wanted);
    }

    /// A run as docs/rollout.md shows it.
    fn documented() -> Tally {
        let interval = Duration::from_secs(1);
        let mut tally = Tally::new(Outset { task: Task::Install, hosts: 40, finished: 0, interval });
        let mut add = |seconds, host: &str, what| {
            let host = (!host.is_empty()).then(|| host.into());
            tally.add(&Event { at: at(seconds), host, what });
        };
        add(0, "", Happening::WaveStarted { wave: 1, name: "2".into(), hosts: 35 });
        let installed = Outcome::Installed { directory: None, notes: Vec::new() };
        let (class, detail) = (Class::ConnectTimeout, "192.0.2.57:22: no answer".to_owned());
        let unreachable = Outcome::Unreachable { class, detail };
        for number in 0..25 {
            let outcome = if number < 24 { installed.clone() } else { unreachable.clone() };
            add(0, &format!("web{number:02}"), Happening::HostFinished { outcome, milliseconds: 1 });
        }
        for (seconds, host) in [(60, "web31"), (124, "web30")] {
            add(seconds, host, Happening::InstallStarted { waited: 0 });
        }
        add(111, "web32", Happening::InstallReady);
        add(129, "db07", Happening::VisitStarted { attempt: 1 });
        let detail = "192.0.2.80:22: nothing listens".to_owned();
        let (phase, class) = (Phase::Connect, Class::ConnectionRefused);
        let (delay, standing) = (14_000, Standing::Fresh);
        add(132, "db02", Happening::RetryPlanned { phase, class, detail, delay, standing });
        tally
    }

    #[test]
    fn the_documents_show_what_a_terminal_shows() {
        let page = include_str!("../../docs/rollout.md");
        let mut tally = documented();
        let bar = super::super::frame::frame(&mut tally, at(132), 80, Default::default()).join("\n");
        let who = pending(&tally, at(132), 80, 20).join("\n");
        assert!(page.contains(&format!("\n{bar}\n```\n")), "{bar}");
        assert!(page.contains(&format!("```text\n{who}\n```\n")), "{who}");
    }

    #[test]
    fn no_more_is_shown_than_fits() {
        let lines = pending(&tally(), at(10), 80, 4);
        assert_eq!(lines[3], "  … and 4 more");
        assert_eq!(lines.len(), 4);
        for columns in 2..100 {
            for line in pending(&tally(), at(10), columns, 20) {
                assert!(width(&line) < columns, "{line:?} in {columns}");
            }
        }
    }
}
