//! What do the settings say about waves, gates, the ramp and everything else that a run goes by?
//!
//! A wish is checked with its place first and read afterwards, so reading has nothing left to refuse.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::check::{Field, Kind, plain};
use crate::inventory::{Node, Tree};
use crate::model::{
    Budget, Class, Climb, Gate, GateKind, Mistakes, Portion, RETRYABLE, Rate, Retries, Window,
};
use crate::planner::{SOAK, Wanted};

pub const WAVES: Kind = Kind::List(&PORTION);

pub const GATES: Kind = Kind::OneOrMore(&Kind::WordOr(
    gates,
    &Kind::Fields(&[
        Field { name: "kind", kind: Kind::Word(gates), required: true },
        Field { name: "soak", kind: Kind::Length, required: false },
    ]),
));

pub const RAMP: Kind = Kind::OrNone(&Kind::List(&Kind::Fields(&[
    Field { name: "rate", kind: Kind::Rate, required: true },
    Field { name: "hosts", kind: Kind::Number(1, MOST_HOSTS), required: false },
])));

pub const BUDGET: Kind = Kind::OrNone(&Kind::Fields(&[
    Field { name: "failures", kind: Kind::OrNone(&PORTION), required: false },
    Field { name: "unreachable", kind: Kind::OrNone(&PORTION), required: false },
    Field { name: "consecutive", kind: Kind::OrNone(&Kind::Number(1, MOST_HOSTS)), required: false },
    Field { name: "of_last", kind: Kind::Number(1, MOST_COUNTED), required: false },
    Field { name: "sample", kind: Kind::Number(1, MOST_COUNTED), required: false },
]));

pub const RETRIES: Kind = Kind::OrNone(&Kind::Fields(&[
    Field { name: "classes", kind: Kind::Named(&Kind::Number(0, MOST_TRIES)), required: false },
    Field { name: "first", kind: Kind::Length, required: false },
    Field { name: "longest", kind: Kind::Length, required: false },
]));

pub const WAIT: Kind = Kind::OrNone(&Kind::Length);

pub const WINDOWS: Kind = Kind::Named(&Kind::Parsed(is_window));

const PORTION: Kind = Kind::Parsed(is_portion);

const MOST_HOSTS: u64 = 10_000_000;
const MOST_COUNTED: u64 = 10_000;
const MOST_TRIES: u64 = 20;

fn gates() -> Vec<&'static str> {
    GateKind::ALL.iter().map(|kind| kind.word()).collect()
}

fn is_portion(text: &str) -> Result<(), String> {
    text.parse::<Portion>().map(|_| ())
}

fn is_window(text: &str) -> Result<(), String> {
    text.parse::<Window>().map(|_| ())
}

/// What is wrong with values that are right each by itself.
pub fn contradictions(tree: &Tree, mistakes: &mut Mistakes) {
    let Some(rollout) = tree.root.get("rollout") else { return };
    let mut wrong = |node: &Node, what: String, hint: &str| {
        mistakes.add(tree.mistake(node.origin(), what).hint(hint));
    };
    if let Some(waves) = rollout.get("waves").filter(|waves| waves.is_list() && waves.items().is_empty()) {
        wrong(waves, "`waves` names no wave".to_owned(), "leave it out, or write `[5, 10%, 100%]`");
    }
    if let Some(gates) = rollout.get("gates") {
        for gate in gates.items().iter().chain([gates]) {
            let (kind, soak) = (gate.get("kind").and_then(Node::text), gate.get("soak"));
            if let (Some(kind @ ("manual" | "none")), Some(soak)) = (kind, soak) {
                wrong(
                    soak,
                    format!("a gate of kind `{kind}` does not soak"),
                    "only `auto` does: leave it out",
                );
            }
        }
    }
    ramp(rollout, &mut wrong);
    budget(rollout, &mut wrong);
    retries(rollout, &mut wrong);
}

fn ramp(rollout: &Node, wrong: &mut dyn FnMut(&Node, String, &str)) {
    let steps = rollout.get("ramp").map(Node::items).unwrap_or_default();
    let Some((_, before)) = steps.split_last() else { return };
    for step in before.iter().filter(|step| step.is_map() && step.get("hosts").is_none()) {
        let what = "the steps after this one are never reached".to_owned();
        wrong(step, what, "add `hosts: NUMBER`, how many clients are installed at this rate");
    }
}

fn budget(rollout: &Node, wrong: &mut dyn FnMut(&Node, String, &str)) {
    let Some(node) = rollout.get("budget").filter(|budget| budget.is_map()) else { return };
    let budget = read_budget(node);
    if budget.sample > budget.of_last {
        let what = format!("`sample` is {} of at most {} hosts", budget.sample, budget.of_last);
        let at = node.get("sample").or(node.get("of_last")).unwrap_or(node);
        wrong(at, what, "`of_last` says how many hosts are counted, `sample` how many of them are enough");
    }
    for (name, limit) in [("failures", budget.failures), ("unreachable", budget.unreachable)] {
        if let (Some(Portion::Count(limit)), Some(at)) = (limit, node.get(name))
            && limit > budget.of_last
        {
            let what = format!("`{name}`: {limit} of the last {} hosts cannot be", budget.of_last);
            wrong(at, what, "raise `of_last` too, or write `none`");
        }
    }
}

fn retries(rollout: &Node, wrong: &mut dyn FnMut(&Node, String, &str)) {
    let Some(node) = rollout.get("retries").filter(|retries| retries.is_map()) else { return };
    let may: Vec<&str> = RETRYABLE.iter().map(|(class, ..)| class.word()).collect();
    for entry in node.get("classes").map(Node::entries).unwrap_or_default() {
        let hint = format!("what may pass by itself is: {}", may.join(", "));
        match entry.key.parse::<Class>() {
            Ok(class) if may.contains(&class.word()) => {}
            Ok(class) => {
                let what =
                    format!("`{class}` is never tried again: accounts lock, and an answer stays an answer");
                wrong(&entry.node, what, &hint);
            }
            Err(_) => wrong(&entry.node, format!("`{}` is no class of mishap", entry.key), &hint),
        }
    }
    let retries = read_retries(node);
    if retries.first > retries.longest {
        let at = node.get("longest").or(node.get("first")).unwrap_or(node);
        wrong(at, "`first` is longer than `longest`".to_owned(), "rests grow from `first` up to `longest`");
    }
}

/// What a run shall go by, as the settings have it.
pub fn wanted(rollout: Option<&Node>) -> Wanted {
    let silent = Wanted::default();
    let get = |name: &str| rollout.and_then(|rollout| rollout.get(name));
    let soak = get("soak").and_then(seconds).unwrap_or(SOAK);
    let gates = match get("gates") {
        Some(gates) if gates.is_list() => gates.items().iter().map(|gate| read_gate(gate, soak)).collect(),
        Some(gate) => vec![read_gate(gate, soak)],
        None => vec![Gate { kind: GateKind::Auto, soak }],
    };
    Wanted {
        waves: get("waves").map(Node::items).unwrap_or_default().iter().filter_map(parsed).collect(),
        gates,
        ramp: get("ramp").map(|ramp| ramp.items().iter().filter_map(read_step).collect()),
        budget: get("budget").map_or(silent.budget, read_budget),
        retries: get("retries").map_or(silent.retries, read_retries),
        adaptive: get("adaptive").and_then(Node::scalar) != Some(&crate::model::Value::Bool(false)),
        wait_for_offline: get("wait_for_offline").and_then(seconds),
        seed: get("seed").and_then(parsed).unwrap_or(silent.seed),
    }
}

/// The windows of groups.
pub fn windows(rollout: Option<&Node>) -> BTreeMap<String, Arc<Window>> {
    let windows = rollout.and_then(|rollout| rollout.get("windows")).map(Node::entries).unwrap_or_default();
    let read =
        |entry: &crate::inventory::Entry| Some((entry.key.to_string(), Arc::new(parsed(&entry.node)?)));
    windows.iter().filter_map(read).collect()
}

fn parsed<T: std::str::FromStr>(node: &Node) -> Option<T> {
    plain(node)?.parse().ok()
}

/// A length of time in whole seconds, the begun one included.
fn seconds(node: &Node) -> Option<u64> {
    Some(milliseconds(node)?.div_ceil(1000))
}

fn milliseconds(node: &Node) -> Option<u64> {
    u64::try_from(parsed::<SignedDuration>(node)?.as_millis()).ok()
}

fn read_gate(node: &Node, soak: u64) -> Gate {
    let kind = node.get("kind").and_then(parsed).or_else(|| parsed(node)).unwrap_or(GateKind::Auto);
    let soak = node.get("soak").and_then(seconds).unwrap_or(soak);
    Gate { kind, soak: if kind == GateKind::Auto { soak } else { 0 } }
}

fn read_step(node: &Node) -> Option<Climb> {
    Some(Climb {
        rate: node.get("rate").and_then(parsed::<Rate>)?,
        hosts: node.get("hosts").and_then(parsed),
    })
}

fn read_budget(node: &Node) -> Budget {
    if !node.is_map() {
        return Budget::NONE;
    }
    let silent = Budget::DEFAULT;
    let limit = |name: &str, silent| node.get(name).map_or(silent, parsed);
    let number = |name: &str| node.get(name).and_then(parsed);
    let of_last = number("of_last").unwrap_or(silent.of_last);
    Budget {
        failures: limit("failures", silent.failures),
        unreachable: limit("unreachable", silent.unreachable),
        consecutive: node.get("consecutive").map_or(silent.consecutive, parsed),
        of_last,
        sample: number("sample").unwrap_or(silent.sample.min(of_last)),
    }
}

fn read_retries(node: &Node) -> Retries {
    let mut retries = Retries::default();
    if !node.is_map() {
        retries.limits.clear();
        return retries;
    }
    for entry in node.get("classes").map(Node::entries).unwrap_or_default() {
        if let (Ok(class), Some(times)) = (entry.key.parse(), parsed(&entry.node)) {
            retries.limits.insert(class, times);
        }
    }
    retries.limits.retain(|_, times| *times > 0);
    retries.first = node.get("first").and_then(milliseconds).unwrap_or(retries.first);
    retries.longest =
        node.get("longest").and_then(milliseconds).unwrap_or(retries.longest.max(retries.first));
    retries
}
