//! Is no host begun outside of its window?

use jiff::{Timestamp, ToSpan};

use crate::fleet::Stage;
use crate::hosts;
use crate::scene::{HEADLESS, begin, count, outcome, prepare};

/// A window that closes when the next minute but one begins.
fn closing() -> (String, Timestamp) {
    let now = Timestamp::now();
    let minute = Timestamp::from_second(now.as_second() / 60 * 60).expect("a minute");
    let closes = minute + 1.minute();
    // A window of less than ten seconds would let nobody begin.
    let closes = if closes.duration_since(now).as_secs() < 10 { closes + 1.minute() } else { closes };
    let clock = |at: Timestamp| at.strftime("%H:%M").to_string();
    (format!("daily {}-{} UTC", clock(minute - 1.hour()), clock(closes)), closes)
}

pub fn a_window_that_closes_lets_nobody_begin_late(stage: &Stage) {
    prepare(stage, "");
    let (window, closes) = closing();
    stage.inventory(
        &HEADLESS,
        |at, _| {
            if at == 0 { String::new() } else { format!("jc_window: \"{window}\"") }
        },
    );
    // Six a minute: more hosts than the window holds.
    let done = begin(stage, &["--rate", "6/min"]).end_within(std::time::Duration::from_secs(200)).expect(7);
    let late = count(stage, "not_started");
    assert!(late > 0 && late < 8, "{}", done.stdout);
    for host in &stage.hosts {
        let told = outcome(stage, host);
        let starts = hosts::starts(stage, std::slice::from_ref(host));
        if told["outcome"] == "not_started" {
            assert_eq!(told["reason"], format!("window {window} closed"));
            assert!(starts.is_empty(), "{host} was begun");
        } else if host != &stage.hosts[0] {
            let closed = closes.as_second() as f64;
            assert!(starts[0].wall < closed, "{host} was begun {} s late", starts[0].wall - closed);
        }
    }
    // Nothing waits on the hosts that were not begun.
    assert_eq!(hosts::staged(stage, &stage.hosts), Vec::<String>::new());
}
