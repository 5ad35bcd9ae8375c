//! How does a message reach a webhook that may be slow, hang or fail, without anybody waiting for it?

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::figures::Figures;
use super::message::{Message, Occasion, Teller};
use super::shape::Shape;
use super::watcher::{About, Ending, Warning, Watcher, aside};
use crate::model::{Event, Plan};
use crate::web::Client;

/// How long one request may take.
pub const POST_LIMIT: Duration = Duration::from_secs(4);

/// How many messages wait at most; a run has a handful.
const QUEUE: usize = 32;

/// The pauses before a message is tried again.
const RESTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// The longest pause that a server may ask for.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The longest pause while the program only waits for the last word.
const LAST_REST: Duration = Duration::from_secs(1);

/// How finely a rest is divided.
const SLICE: Duration = Duration::from_millis(20);

/// How long messages that still wait at the end are worked at.
const LATE: Duration = Duration::from_secs(2);

/// How long the last word is worked at; a little less than it is waited for, so that its loss is said.
const LAST_WORD: Duration = Duration::from_millis(4_500);

/// Where messages go, and which.
pub struct Webhook {
    /// Sends them.
    pub client: Client,
    /// What they look like.
    pub shape: Shape,
    /// When somebody is told.
    pub occasions: BTreeSet<Occasion>,
}

/// Tells a webhook of a run.
pub struct Notifier {
    teller: Teller,
    queue: Option<SyncSender<Message>>,
    closing: Arc<OnceLock<Instant>>,
    thread: Option<thread::JoinHandle<()>>,
    warning: Arc<Warning>,
    host: String,
}

impl Notifier {
    /// A notifier of this run; `warning` is said when a message is lost.
    pub fn new(about: About, plan: &Plan, webhook: Webhook, warning: Arc<Warning>) -> Self {
        let (queue, messages) = sync_channel(QUEUE);
        let closing = Arc::new(OnceLock::new());
        let host = webhook.client.address().host().to_owned();
        let teller = Teller::new(about, Figures::new(plan), webhook.occasions.clone());
        let post = Post { webhook, closing: closing.clone(), warning: warning.clone() };
        let thread = thread::Builder::new().name("notify".to_owned()).spawn(move || post.work(&messages));
        Self { teller, queue: Some(queue), closing, thread: thread.ok(), warning, host }
    }

    fn tell(&self, message: Option<Message>) {
        let (Some(message), Some(queue)) = (message, &self.queue) else { return };
        if let Err(TrySendError::Full(_)) = queue.try_send(message) {
            let (warning, host) = (self.warning.clone(), self.host.clone());
            // Standard error may be held, and whoever speaks then must not be the one who hears.
            aside(move || {
                warning.once(&format!("the webhook is not told everything: `{host}` is too slow"));
            });
        }
    }
}

impl Watcher for Notifier {
    fn remember(&mut self, event: &Event) {
        self.teller.hear(event);
    }

    fn hear(&mut self, event: &Event) {
        let message = self.teller.hear(event);
        self.tell(message);
    }

    fn end(&mut self, ending: Option<&Ending>, now: Timestamp) {
        self.closing.get_or_init(Instant::now);
        self.tell(self.teller.end(ending, now));
        self.queue = None;
    }

    fn is_done(&mut self) -> bool {
        self.thread.as_ref().is_none_or(thread::JoinHandle::is_finished)
    }
}

/// What the thread holds.
struct Post {
    webhook: Webhook,
    closing: Arc<OnceLock<Instant>>,
    warning: Arc<Warning>,
}

impl Post {
    fn work(&self, messages: &Receiver<Message>) {
        for message in messages {
            if message.event != Occasion::End && self.is_late() {
                self.warning.once("the webhook is not told everything before its last word");
                continue;
            }
            if let Err(why) = self.deliver(&message) {
                self.warning.once(&format!("the webhook is not told: {why}"));
            }
        }
    }

    /// Whether the time that is left belongs to the last word.
    fn is_late(&self) -> bool {
        self.closing.get().is_some_and(|since| since.elapsed() >= LATE)
    }

    fn deliver(&self, message: &Message) -> Result<(), String> {
        let body = self.webhook.shape.body(message);
        let mut rests = RESTS.iter();
        loop {
            let (why, rest) = match self.post(&body) {
                Ok(()) => return Ok(()),
                Err(Refusal::Final(why)) => return Err(why),
                Err(Refusal::Passing(why, rest)) => (why, rest),
            };
            let Some(own) = rests.next() else { return Err(why) };
            let rest = rest.map_or(*own, |rest| rest.clamp(*own, LONGEST_REST));
            if self.closing.get().is_some_and(|since| since.elapsed() + LAST_REST > LAST_WORD) {
                return Err(why);
            }
            self.pause(rest);
        }
    }

    /// Rests so long, and no longer than need be once the program waits for the last word.
    fn pause(&self, rest: Duration) {
        let begun = Instant::now();
        let over = |rest: Duration| begun.elapsed() >= rest;
        let is_enough = || over(rest) || (self.closing.get().is_some() && over(LAST_REST));
        while !is_enough() {
            thread::sleep(SLICE);
        }
    }

    fn post(&self, body: &[u8]) -> Result<(), Refusal> {
        let host = self.webhook.client.address().host();
        let answer = self.webhook.client.post("application/json", body);
        let (status, rest) = answer.map_err(|error| Refusal::Passing(error.to_string(), None))?;
        let rest = rest.map(Duration::from_secs);
        match status {
            200..=299 => Ok(()),
            300..=399 => {
                Err(Refusal::Final(format!("`{host}` points elsewhere ({status}), and that is not followed")))
            }
            408 | 429 | 500..=599 => Err(Refusal::Passing(format!("`{host}` answers {status}"), rest)),
            _ => Err(Refusal::Final(format!("`{host}` answers {status}"))),
        }
    }
}

/// Why a message was not taken.
enum Refusal {
    /// Another try may help, after this time if the server names one.
    Passing(String, Option<Duration>),
    /// It is never taken.
    Final(String),
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Mutex;

    use super::*;
    use crate::model::{Gate, GateKind, Happening};
    use crate::watch::tests::{about, event, plan};
    use crate::web::{Address, Plain};

    fn gate() -> Event {
        let gate = Gate { kind: GateKind::Manual, soak: 0 };
        event(0, None, Happening::GateReached { wave: 0, gate })
    }

    fn notifier(port: u16, said: Arc<Mutex<Vec<String>>>) -> Notifier {
        let plan = plan(&["a", "b"]);
        let address =
            Address::parse(&format!("http://127.0.0.1:{port}/x"), Plain::Loopback).expect("an address");
        let client = Client::new(address, None, POST_LIMIT, &|_| None).expect("a client");
        let occasions = Occasion::ALL.iter().copied().collect();
        let warning = Warning::new(move |what| said.lock().expect("a lock").push(what.to_owned()));
        Notifier::new(about(&plan), &plan, Webhook { client, shape: Shape::Json, occasions }, warning)
    }

    #[test]
    fn whoever_is_too_slow_is_not_told_everything() {
        // Connections are taken by the system, and nobody ever answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let mut notifier = notifier(silent.local_addr().unwrap().port(), said.clone());
        let begun = Instant::now();
        for _ in 0..10 * QUEUE {
            notifier.hear(&gate());
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        while said.lock().unwrap().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        notifier.end(None, Timestamp::UNIX_EPOCH);
        assert!(!notifier.is_done());
        let said = said.lock().unwrap();
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("`127.0.0.1` is too slow"), "{said:?}");
    }

    #[test]
    fn the_last_word_comes_before_what_waits_too_long() {
        let slow = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = slow.local_addr().unwrap().port();
        let answers = thread::spawn(move || {
            let mut told = Vec::new();
            loop {
                let (mut stream, _) = slow.accept().expect("a connection");
                let mut bytes = [0; 16 * 1024];
                let mut body = String::new();
                while !body.ends_with('}') {
                    let read = stream.read(&mut bytes).expect("a request");
                    body.push_str(&String::from_utf8_lossy(&bytes[..read]));
                }
                thread::sleep(Duration::from_millis(800));
                stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").expect("an answer");
                told.push(body.contains("\"event\":\"end\""));
                if told.last() == Some(&true) {
                    return told;
                }
            }
        });
        let mut notifier = notifier(port, Arc::default());
        (0..QUEUE / 2).for_each(|_| notifier.hear(&gate()));
        let begun = Instant::now();
        notifier.end(None, Timestamp::UNIX_EPOCH);
        while !notifier.is_done() {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let told = answers.join().unwrap();
        assert!((2..6).contains(&told.len()), "{told:?}");
    }
}
