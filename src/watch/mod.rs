//! Who else hears of a run while it goes on? Chat, monitoring and tracing; none of them can hold it up.
//!
//! A watcher takes events in, which is quick and touches nothing, and hands what comes of them to a thread of its
//! own that may be slow, hang or fail.

mod figures;
mod message;
mod metrics;
mod notify;
mod shape;
mod spans;
mod stroke;
mod traces;
mod watcher;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::Event;
pub use message::Occasion;
pub use metrics::Metrics;
pub use notify::{Notifier, POST_LIMIT, Webhook};
pub use shape::Shape;
pub use traces::{Traces, Tracing};
pub use watcher::{About, Ending, Warning, Watcher};

/// The time between two looks at the clock while nothing happens.
const TICK: Duration = Duration::from_secs(1);

/// Tells the time.
type Clock = Box<dyn Fn() -> Timestamp + Send>;

enum Word {
    Event(Box<Event>),
    End(Option<Ending>),
}

/// All watchers of a run, on a thread of their own.
pub struct Watchers {
    words: Option<Sender<Word>>,
    is_done: Arc<AtomicBool>,
}

/// Says that the thread has ended, however it ended.
struct Closing(Arc<AtomicBool>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Watchers {
    /// Sets these to watch.
    pub fn new(watchers: Vec<Box<dyn Watcher>>, now: Clock) -> Self {
        let is_done = Arc::new(AtomicBool::new(false));
        let closing = Closing(is_done.clone());
        if watchers.is_empty() {
            drop(closing);
            return Self { words: None, is_done };
        }
        let (words, heard) = channel();
        // Without its thread nobody watches.
        let _ = thread::Builder::new().name("watch".to_owned()).spawn(move || {
            let _closing = closing;
            watch(watchers, &heard, now);
        });
        Self { words: Some(words), is_done }
    }

    /// Tells them of an event; returns at once.
    pub fn hear(&self, event: &Event) {
        if let Some(words) = &self.words {
            // After their end there is nobody to be told.
            let _ = words.send(Word::Event(Box::new(event.clone())));
        }
    }

    /// Tells them the end; returns at once.
    pub fn end(&self, ending: Option<Ending>) {
        if let Some(words) = &self.words {
            let _ = words.send(Word::End(ending));
        }
    }

    /// Whether all of them have said their last word.
    pub fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Acquire)
    }
}

fn watch(mut watchers: Vec<Box<dyn Watcher>>, heard: &Receiver<Word>, now: Clock) {
    loop {
        match heard.recv_timeout(TICK) {
            Ok(Word::Event(event)) => watchers.iter_mut().for_each(|watcher| watcher.hear(&event)),
            Ok(Word::End(ending)) => {
                watchers.iter_mut().for_each(|watcher| watcher.end(ending.as_ref(), now()));
                break;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let at = now();
        watchers.iter_mut().for_each(|watcher| watcher.tick(at));
    }
    while !watchers.iter_mut().all(|watcher| watcher.is_done()) {
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::time::Instant;

    use super::figures::Figures;
    use super::spans::Drawing;
    use super::stroke::{Key, Stroke};
    use super::*;
    use crate::model::{Happening, Plan, PlannedHost};
    use crate::rollout::{Script, rehearse};

    /// A plan of these hosts in two waves; the first host is the first wave.
    pub fn plan(names: &[&str]) -> Plan {
        let text = include_str!("../../tests/report/plan.json");
        let mut plan: Plan = serde_json::from_str(text).expect("the plan of the tests");
        let first = plan.hosts[0].clone();
        let host = |(at, name): (usize, &&str)| PlannedHost {
            name: (*name).into(),
            wave: u32::from(at > 0),
            ..first.clone()
        };
        plan.hosts = names.iter().enumerate().map(host).collect();
        plan.waves = vec!["canary".to_owned(), "rest".to_owned()];
        plan
    }

    /// An event so many seconds after the first.
    pub fn event(seconds: i64, host: Option<&str>, what: Happening) -> Event {
        Event { at: Timestamp::from_second(seconds).expect("a moment"), host: host.map(Into::into), what }
    }

    /// What is known of the plan's run.
    pub fn about(plan: &Plan) -> About {
        About::new("20260501T220000Z-3f2a", plan, "1.0.0")
    }

    /// Keeps what it hears, and its last word for a while.
    struct Slow {
        heard: Arc<Mutex<Vec<String>>>,
        until: Option<Instant>,
    }

    impl Watcher for Slow {
        fn remember(&mut self, _: &Event) {}

        fn hear(&mut self, event: &Event) {
            let word = format!("{:?}", event.what);
            self.heard.lock().expect("a lock").push(word);
        }

        fn end(&mut self, ending: Option<&Ending>, _: Timestamp) {
            self.heard.lock().expect("a lock").push(format!("end {}", ending.is_some()));
            self.until = Some(Instant::now() + Duration::from_millis(100));
        }

        fn is_done(&mut self) -> bool {
            self.until.is_some_and(|until| Instant::now() >= until)
        }
    }

    #[test]
    fn watchers_hear_everything_in_order_and_are_waited_for() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let slow = Slow { heard: heard.clone(), until: None };
        let watchers = Watchers::new(vec![Box::new(slow)], Box::new(|| Timestamp::UNIX_EPOCH));
        for attempt in 1..=50 {
            watchers.hear(&event(0, Some("a"), Happening::VisitStarted { attempt }));
        }
        watchers.end(None);
        let begun = Instant::now();
        while !watchers.is_done() {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(begun.elapsed() >= Duration::from_millis(80), "its last word was not waited for");
        let heard = heard.lock().unwrap();
        assert_eq!((heard.len(), heard[49].as_str()), (51, "VisitStarted { attempt: 50 }"));
        assert_eq!(heard[50], "end false");
    }

    #[test]
    fn a_large_run_is_told_counted_and_drawn_whole() {
        const HOSTS: usize = 5_000;
        let names: Vec<String> = (0..HOSTS).map(|at| format!("h{at:05}")).collect();
        let mut plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
        plan.rules.budget = crate::model::Budget::NONE;
        plan.rules.retries = crate::model::Retries::default();
        let profile = "failed=5%,unreachable=5%,flaky=10%,busy=5%".parse().expect("a profile");
        let script = Script { start: Timestamp::UNIX_EPOCH, profile, seed: 7 };
        let mut figures = Figures::new(&plan);
        let mut drawing = Drawing::new(about(&plan), &plan);
        let mut open = HashSet::new();
        let mut most = 0;
        let mut visits = 0;
        let mut last = Timestamp::UNIX_EPOCH;
        let mut keep = |strokes: Vec<Stroke>| {
            for stroke in strokes {
                match stroke {
                    Stroke::Begin { key, within, .. } => {
                        assert!(within.is_none_or(|within| open.contains(&within)), "{key:?} is in nothing");
                        visits += usize::from(matches!(key, Key::Visit(_)));
                        assert!(open.insert(key), "a span began twice");
                    }
                    Stroke::Whole { within: key, .. } | Stroke::Note { key, .. } => {
                        assert!(open.contains(&key))
                    }
                    Stroke::End { key, .. } => assert!(open.remove(&key), "{key:?} was not open"),
                }
                most = most.max(open.len());
            }
            open.len()
        };
        rehearse(&plan, script, &mut |event| {
            figures.add(event);
            keep(drawing.hear(event));
            last = event.at;
        });
        assert_eq!(keep(drawing.end(None, last)), 0, "spans stay open");
        assert_eq!((figures.finished(), figures.pending()), (HOSTS as u64, 0));
        assert!(figures.at_work().is_empty() && figures.starts > 4_000, "{} starts", figures.starts);
        assert!(visits > HOSTS && most <= plan.at_once as usize + 3, "{visits} visits, {most} at once");
    }

    #[test]
    fn nobody_is_waited_for_who_is_not_there() {
        let watchers = Watchers::new(Vec::new(), Box::new(|| Timestamp::UNIX_EPOCH));
        watchers.hear(&event(0, None, Happening::InstallReady));
        watchers.end(None);
        assert!(watchers.is_done());
    }

    #[test]
    fn a_warning_is_said_once() {
        let said = Arc::new(Mutex::new(0));
        let count = said.clone();
        let warning = Warning::new(move |_| *count.lock().expect("a lock") += 1);
        warning.once("one");
        warning.once("two");
        assert_eq!(*said.lock().unwrap(), 1);
    }
}
