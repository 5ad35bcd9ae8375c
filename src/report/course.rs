//! Which way did a run go: through which waves and gates, how fast, and what held it up or ended it?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::record::HostRecord;
use crate::model::reason::WINDOW;
use crate::model::{Class, Event, Gate, GateKind, Happening, Order, Outcome, OutcomeKind, Rate};

/// The way of a run; everything in the order in which it happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Course {
    /// The waves that began; none where the plan has only one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<WaveRecord>,
    /// The gates that were reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateRecord>,
    /// The rates, from the moment on when they held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paces: Vec<PaceRecord>,
    /// What people wanted of the run while it went on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderRecord>,
    /// Who went on with the run after the process before had ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resumptions: Vec<ResumptionRecord>,
    /// The rates above the vendor's limit that somebody asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceeded: Vec<ExceededRecord>,
    /// The budgets that were used up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<BudgetRecord>,
    /// How often a host was tried again, by what it had met.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub retries: BTreeMap<Class, u64>,
    /// The hosts that were away for a while, whether they came back or not.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub away: BTreeSet<Arc<str>>,
    /// How many clients were looked at again.
    #[serde(skip_serializing_if = "is_none")]
    pub rechecked: u64,
    /// The hosts whose client was no longer as it should be then.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub lacking: BTreeSet<Arc<str>>,
    /// How many hosts were not started because their window closed.
    #[serde(skip_serializing_if = "is_none")]
    pub missed_window: u64,
    /// Who paused the run, while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// What halted the process that carried the run out last, if something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// How many of the rates held in earlier processes.
    #[serde(skip)]
    past_paces: usize,
}

/// What halts a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// A person.
    Order,
    /// A gate that stayed closed.
    Gate,
    /// A budget that was used up.
    Budget,
    /// An upgrade of the appliance, which ended all installers.
    Upgrade,
}

/// One wave.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WaveRecord {
    /// Index into the plan's waves.
    pub wave: u32,
    /// Its name.
    pub name: String,
    /// How many hosts it holds.
    pub hosts: u64,
    /// When it began.
    pub started: Timestamp,
    /// When the last of its hosts ended, if all have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How its hosts ended; kinds that did not occur are left out.
    pub counts: BTreeMap<OutcomeKind, u64>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GateRecord {
    /// Index of the wave in front of it.
    pub wave: u32,
    /// What opens it.
    pub kind: GateKind,
    /// Seconds an `auto` gate waits first.
    pub soak: u64,
    /// When it was reached.
    pub reached: Timestamp,
    /// What was decided; none while it is waited for.
    #[serde(flatten)]
    pub decision: Option<Decision>,
}

/// What was decided at a gate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// Whether it opened.
    pub opened: bool,
    /// When.
    pub decided: Timestamp,
    /// Why.
    pub why: String,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PaceRecord {
    /// From when on.
    pub at: Timestamp,
    /// The most starts per time.
    pub rate: Rate,
    /// Why.
    pub why: String,
}

/// Another process that went on with the run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ResumptionRecord {
    /// When.
    pub at: Timestamp,
    /// Who started it.
    pub by: String,
    /// How many hosts had their outcome by then.
    pub finished: u64,
}

/// A rate above the vendor's limit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExceededRecord {
    /// When it was written down.
    pub at: Timestamp,
    /// The rate.
    pub rate: Rate,
}

/// An order that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OrderRecord {
    /// When.
    pub at: Timestamp,
    /// Who gave it.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub order: Order,
}

/// A budget that was used up, and so halted the run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BudgetRecord {
    /// When.
    pub at: Timestamp,
    /// The rule, such as `failures`.
    pub rule: String,
    /// Its limit.
    pub limit: String,
    /// How many mishaps counted.
    pub mishaps: u64,
    /// Among how many hosts.
    pub sample: u64,
    /// The hosts whose mishaps counted.
    pub hosts: Vec<Arc<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Course {
    /// Takes the next event into account.
    pub(super) fn add(&mut self, event: &Event) {
        match &event.host {
            Some(host) => self.add_of_host(host, &event.what),
            None => self.add_of_run(event.at, &event.what),
        }
    }

    fn add_of_host(&mut self, host: &Arc<str>, what: &Happening) {
        match what {
            Happening::RetryPlanned { class, .. } => *self.retries.entry(*class).or_default() += 1,
            Happening::HostAway { .. } => {
                self.away.insert(host.clone());
            }
            Happening::Rechecked { missing, .. } => {
                self.rechecked += 1;
                if !missing.is_empty() {
                    self.lacking.insert(host.clone());
                }
            }
            _ => {}
        }
    }

    fn add_of_run(&mut self, at: Timestamp, what: &Happening) {
        match what {
            Happening::WaveStarted { wave, name, hosts } => self.begin_wave(at, *wave, name, *hosts),
            Happening::GateReached { wave, gate } => self.reach(at, *wave, *gate),
            Happening::GateOpened { wave, why } => self.decide(at, *wave, true, why),
            Happening::GateClosed { wave, why } => {
                self.halt.get_or_insert(Halt::Gate);
                self.decide(at, *wave, false, why);
            }
            Happening::PaceChanged { rate, why } => {
                self.paces.push(PaceRecord { at, rate: *rate, why: why.clone() });
            }
            Happening::BudgetReached { rule, limit, mishaps, sample, hosts } => {
                self.halt.get_or_insert(Halt::Budget);
                self.budgets.push(BudgetRecord {
                    at,
                    rule: rule.clone(),
                    limit: limit.clone(),
                    mishaps: *mishaps,
                    sample: *sample,
                    hosts: hosts.clone(),
                });
            }
            Happening::Paused { by } => {
                self.paused = Some(by.clone());
                self.order(at, by, Order::Pause);
            }
            Happening::Continued { by } => {
                self.paused = None;
                self.order(at, by, Order::Continue);
            }
            Happening::ApplianceUpgraded { .. } => {
                self.halt.get_or_insert(Halt::Upgrade);
            }
            Happening::HaltRequested { by } => {
                self.halt.get_or_insert(Halt::Order);
                self.order(at, by, Order::Halt);
            }
            Happening::RateSet { rate, by } => self.order(at, by, Order::Rate { rate: *rate }),
            Happening::RunResumed { by, finished } => {
                self.resumptions.push(ResumptionRecord { at, by: by.clone(), finished: *finished });
                self.begin_anew();
            }
            Happening::VendorRateExceeded { rate } => self.exceeded.push(ExceededRecord { at, rate: *rate }),
            Happening::RunFinished { .. } => self.paused = None,
            _ => {}
        }
    }

    fn order(&mut self, at: Timestamp, by: &str, order: Order) {
        self.orders.push(OrderRecord { at, by: by.to_owned(), order });
    }

    /// A wave that another process went on with began when it began first.
    fn begin_wave(&mut self, started: Timestamp, wave: u32, name: &str, hosts: u64) {
        if !self.waves.iter().any(|known| known.wave == wave) {
            let counts = BTreeMap::new();
            self.waves.push(WaveRecord { wave, name: name.to_owned(), hosts, started, ended: None, counts });
        }
    }

    /// Pauses, halts and rates are one process's, and a gate that was waited at is reached anew.
    fn begin_anew(&mut self) {
        self.paused = None;
        self.halt = None;
        self.past_paces = self.paces.len();
        self.gates.retain(|gate| gate.decision.is_some());
    }

    fn reach(&mut self, reached: Timestamp, wave: u32, gate: Gate) {
        self.gates.push(GateRecord { wave, kind: gate.kind, soak: gate.soak, reached, decision: None });
    }

    fn decide(&mut self, decided: Timestamp, wave: u32, opened: bool, why: &str) {
        let waiting = |gate: &&mut GateRecord| gate.wave == wave && gate.decision.is_none();
        if let Some(gate) = self.gates.iter_mut().rfind(waiting) {
            gate.decision = Some(Decision { opened, decided, why: why.to_owned() });
        }
    }

    /// The same with what the hosts' outcomes say of it.
    pub(super) fn close(mut self, hosts: &[HostRecord]) -> Self {
        let mut known: HashMap<u32, Vec<&HostRecord>> = HashMap::new();
        for host in hosts.iter().filter(|_| !self.waves.is_empty()) {
            known.entry(host.wave).or_default().push(host);
        }
        for wave in &mut self.waves {
            let own = known.remove(&wave.wave).unwrap_or_default();
            let ends: Option<Vec<Timestamp>> = own.iter().map(|host| host.finished).collect();
            wave.ended = ends.and_then(|ends| ends.into_iter().max());
            own.iter().for_each(|host| *wave.counts.entry(host.outcome.kind()).or_default() += 1);
        }
        let missed = |host: &&HostRecord| matches!(&host.outcome, Outcome::NotStarted { reason } if reason.starts_with(WINDOW));
        self.missed_window = hosts.iter().filter(missed).count() as u64;
        self
    }

    /// The gate that the run stands at.
    pub fn gate_ahead(&self) -> Option<&GateRecord> {
        self.gates.last().filter(|gate| gate.decision.is_none())
    }

    /// The wave that is under way or ended last.
    pub fn wave(&self) -> Option<&WaveRecord> {
        self.waves.last()
    }

    /// The rate that holds now, unless it is the plan's.
    pub fn pace(&self) -> Option<&PaceRecord> {
        self.paces[self.past_paces..].last()
    }

    /// Whether the run went any other way than straight on.
    pub(super) fn is_notable(&self) -> bool {
        let quiet = self.waves.is_empty() && self.gates.is_empty() && self.orders.is_empty();
        let calm = self.budgets.is_empty() && self.away.is_empty() && self.rechecked == 0;
        !(quiet && calm)
    }
}
