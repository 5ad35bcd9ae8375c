//! What do the settings say about waves, gates, the ramp and everything else that a run goes by?
//!
//! A wish is checked with its place first and read afterwards, so reading has nothing left to refuse.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::check::{Form, Kind, may, must, plain};
use crate::inventory::{Node, Tree};
use crate::model::{
    Budget, Class, Climb, Gate, GateKind, Mistakes, Origin, Portion, RETRYABLE, Rate, Retries, Window,
};
use crate::planner::{MOST_TRIES, SOAK, Wanted};

/// The sizes of waves.
pub const WAVES: Kind = Kind::Filled(&PORTION);

/// What stands behind the waves.
pub const GATES: Kind = Kind::OneOrMore(&Kind::WordOr(
    gates,
    &Kind::Fields(&[
        must("kind", "what opens it", Kind::Word(gates)),
        may("soak", "how long it waits; `auto` only", Kind::Length),
    ]),
));

/// The steps of the rate.
pub const RAMP: Kind = Kind::OrNone(&Kind::List(&Kind::Fields(&[
    must("rate", "the most starts on this step", Kind::Rate),
    may(
        "hosts",
        "so many clients are installed on it; all steps but the last need it",
        Kind::Number(1, MOST_HOSTS),
    ),
])));

/// When a run halts itself.
pub const BUDGET: Kind = Kind::OrNone(&Kind::Fields(&[
    may("failures", "so many failed hosts among those that ended last halt the run", Kind::OrNone(&PORTION)),
    may("unreachable", "the same for hosts that cannot be reached", Kind::OrNone(&PORTION)),
    may(
        "consecutive",
        "so many failures one after the other halt the run",
        Kind::OrNone(&Kind::Number(1, MOST_HOSTS)),
    ),
    may("of_last", "how many of the hosts that ended last are counted", Kind::Number(1, MOST_COUNTED)),
    may("sample", "how many hosts must have ended before a share counts", Kind::Number(1, MOST_COUNTED)),
]));

/// What is tried again.
pub const RETRIES: Kind = Kind::OrNone(&Kind::Fields(&[
    may(
        "classes",
        "how often a mishap of the class is tried again; 0 is never",
        Kind::Judged(retryable, &Kind::Number(0, MOST_TRIES as u64)),
    ),
    may(
        "first",
        "the first pause; it doubles with each further try, and it is longer where a lock or a busy appliance is waited for",
        Kind::Length,
    ),
    may("longest", "the longest pause", Kind::Length),
]));

/// How long hosts that are away are waited for.
pub const WAIT: Kind = Kind::OrNone(&Kind::Length);

/// When the hosts of groups may be started.
pub const WINDOWS: Kind = Kind::Named(&Kind::Parsed(&Form {
    parse: is_window,
    pattern: Window::PATTERN,
    example: "sat 22:00-04:00 Europe/Madrid",
}));

const PORTION: Kind = Kind::Parsed(&Form { parse: is_portion, pattern: Portion::PATTERN, example: "10%" });

const MOST_HOSTS: u64 = 10_000_000;
const MOST_COUNTED: u64 = 1_000_000;

fn gates() -> Vec<&'static str> {
    GateKind::ALL.iter().map(|kind| kind.word()).collect()
}

fn retryable() -> Vec<&'static str> {
    RETRYABLE.iter().map(|(class, ..)| class.word()).collect()
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
    let mut wrong = |at: Origin, what: String, hint: &str| mistakes.add(tree.mistake(at, what).hint(hint));
    if let Some(waves) = rollout.get("waves").filter(|waves| waves.is_list() && waves.items().is_empty()) {
        wrong(waves.origin(), "`waves` names no wave".to_owned(), "leave it out, or write `[5, 10%, 100%]`");
    }
    if let Some(gates) = rollout.get("gates") {
        for gate in gates.items().iter().chain([gates]) {
            let (kind, soak) = (gate.get("kind").and_then(Node::text), gate.get("soak"));
            if let (Some(kind @ ("manual" | "none")), Some(soak)) = (kind, soak) {
                wrong(
                    soak.origin(),
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

fn ramp(rollout: &Node, wrong: &mut dyn FnMut(Origin, String, &str)) {
    let steps = rollout.get("ramp").map(Node::items).unwrap_or_default();
    let Some((_, before)) = steps.split_last() else { return };
    for step in before.iter().filter(|step| step.is_map() && step.get("hosts").is_none()) {
        let what = "the steps after this one are never reached".to_owned();
        wrong(step.origin(), what, "add `hosts: NUMBER`, how many clients are installed at this rate");
    }
}

fn budget(rollout: &Node, wrong: &mut dyn FnMut(Origin, String, &str)) {
    let Some(node) = rollout.get("budget").filter(|budget| budget.is_map()) else { return };
    let budget = read_budget(node);
    if budget.sample > budget.of_last {
        let what = format!("`sample` is {} of at most {} hosts", budget.sample, budget.of_last);
        let at = node.get("sample").or(node.get("of_last")).unwrap_or(node);
        wrong(
            at.origin(),
            what,
            "`of_last` says how many hosts are counted, `sample` how many of them are enough",
        );
    }
    for (name, limit) in [("failures", budget.failures), ("unreachable", budget.unreachable)] {
        if let (Some(Portion::Count(limit)), Some(at)) = (limit, node.get(name))
            && limit > budget.of_last
        {
            let what = format!("`{name}`: {limit} of the last {} hosts cannot be", budget.of_last);
            wrong(at.origin(), what, "raise `of_last` too, or write `none`");
        }
    }
}

fn retries(rollout: &Node, wrong: &mut dyn FnMut(Origin, String, &str)) {
    let Some(node) = rollout.get("retries").filter(|retries| retries.is_map()) else { return };
    let may: Vec<&str> = RETRYABLE.iter().map(|(class, ..)| class.word()).collect();
    for entry in node.get("classes").map(Node::entries).unwrap_or_default() {
        let hint = format!("what may pass by itself is: {}", may.join(", "));
        match entry.key.parse::<Class>() {
            Ok(class) if may.contains(&class.word()) => {}
            Ok(class) => {
                let what =
                    format!("`{class}` is never tried again: accounts lock, and an answer stays an answer");
                wrong(entry.origin(), what, &hint);
            }
            Err(_) => wrong(entry.origin(), format!("`{}` is no class of mishap", entry.key), &hint),
        }
    }
    let retries = read_retries(node);
    if retries.first > retries.longest {
        let at = node.get("longest").or(node.get("first")).unwrap_or(node);
        wrong(
            at.origin(),
            "`first` is longer than `longest`".to_owned(),
            "rests grow from `first` up to `longest`",
        );
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
        spread_by: get("spread_by").and_then(Node::text).map(str::to_owned),
        clean_left_overs: get("clean_left_overs").and_then(Node::scalar)
            == Some(&crate::model::Value::Bool(true)),
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Settings, parse};
    use super::*;

    fn settings(rollout: &str) -> Result<Settings, Mistakes> {
        let text = format!("appliance: {{site: a.example}}\nreleases: {{}}\nrollout:\n  {rollout}\n");
        parse(Path::new("jumpfleet.yaml"), text)
    }

    fn read(rollout: &str) -> Wanted {
        settings(rollout).unwrap_or_else(|wrong| panic!("{wrong}")).rollout.wanted
    }

    #[test]
    fn every_mistake_is_said_at_its_place() {
        for (rollout, place, said) in [
            ("waves: []", "4:10", "names no wave"),
            ("waves: 5", "4:10", "is not a list"),
            ("waves: [5, 0]", "4:14", "`0` is no portion"),
            ("waves: [101%]", "4:11", "`101%` is no portion"),
            ("waves: [[1]]", "4:11", "neither a text nor a number"),
            ("spread_by: 4", "4:14", "is not a text"),
            ("gates: perhaps", "4:10", "none of the words"),
            ("gates: [auto, perhaps]", "4:17", "none of the words"),
            ("gates: [{soak: 1m}]", "4:11", "lacks `kind`"),
            ("gates: [{kind: manual, soak: 1m}]", "4:32", "does not soak"),
            ("gates: {kind: none, soak: 1m}", "4:29", "does not soak"),
            ("gates: [{kind: auto, sock: 1m}]", "4:24", "`sock` is not a setting"),
            ("soak: 0s", "4:9", "cannot be understood"),
            ("soak: 9000h", "4:9", "cannot be understood"),
            ("ramp: fast", "4:9", "is not a list"),
            ("ramp: [{rate: 6/min}, {rate: 9/min}]", "4:10", "never reached"),
            ("ramp: [{hosts: 3}]", "4:10", "lacks `rate`"),
            ("ramp: [{rate: 6/min, hosts: 0}]", "4:31", "not a whole number from 1"),
            ("budget: some", "4:11", "not a mapping"),
            ("budget: {failures: 0%}", "4:22", "`0%` is no portion"),
            ("budget: {failures: 160}", "4:22", "160 of the last 100 hosts cannot be"),
            ("budget: {sample: 160}", "4:20", "`sample` is 160 of at most 100"),
            ("budget: {consecutive: 0}", "4:25", "not a whole number from 1"),
            ("retries: {classes: {authentication: 3}}", "4:23", "never tried again: accounts lock"),
            ("retries: {classes: {installer_failed: 1}}", "4:23", "never tried again"),
            ("retries: {classes: {no_baner: 1}}", "4:23", "no class of mishap"),
            ("retries: {classes: {no_banner: 21}}", "4:34", "from 0 to 20"),
            ("retries: {first: 1h, longest: 1m}", "4:33", "longer than `longest`"),
            ("adaptive: perhaps", "4:13", "neither `true` nor `false`"),
            ("wait_for_offline: never", "4:21", "cannot be understood"),
            ("windows: {web: sat 22:00-04:00}", "4:18", "no maintenance window"),
            ("seed: -1", "4:9", "not a whole number"),
        ] {
            let mistakes = settings(rollout).err().map(|mistakes| mistakes.to_string()).unwrap_or_default();
            let first = mistakes.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("jumpfleet.yaml:{place}: ")), "{rollout}: {mistakes}");
            assert!(first.contains(said), "{rollout}: {mistakes}");
        }
    }

    #[test]
    fn silence_means_a_careful_run() {
        assert_eq!(read("at_once: 4"), Wanted::default());
    }

    #[test]
    fn what_is_written_is_what_is_wanted() {
        let wanted = read("waves: [5, 10%, 100%]");
        assert_eq!(wanted.waves, [Portion::Count(5), Portion::Percent(10), Portion::Percent(100)]);
        let gate = |kind, soak| Gate { kind, soak };
        let gates = |rollout: &str| read(rollout).gates;
        assert_eq!(gates("soak: 5m"), [gate(GateKind::Auto, 300)]);
        assert_eq!(gates("gates: manual"), [gate(GateKind::Manual, 0)]);
        assert_eq!(gates("gates: {kind: auto, soak: 1500ms}"), [gate(GateKind::Auto, 2)]);
        let mixed = [gate(GateKind::Auto, 300), gate(GateKind::Auto, 600), gate(GateKind::None, 0)];
        assert_eq!(gates("soak: 5m\n  gates: [auto, {kind: auto, soak: 10m}, none]"), mixed);
        assert_eq!(read("ramp: none").ramp, Some(Vec::new()));
        let climb = |rate: &str, hosts| Climb { rate: rate.parse().unwrap(), hosts };
        let ramp = [climb("6/min", Some(10)), climb("1/s", None)];
        assert_eq!(read("ramp: [{rate: 6/min, hosts: 10}, {rate: 1/s}]").ramp.as_deref(), Some(&ramp[..]));
        let more = read("adaptive: false\n  wait_for_offline: 4h\n  seed: 7");
        assert_eq!((more.adaptive, more.wait_for_offline, more.seed), (false, Some(14_400), 7));
        assert_eq!(read("wait_for_offline: none").wait_for_offline, None);
    }

    #[test]
    fn a_budget_and_retries_keep_what_is_not_named() {
        assert_eq!(read("budget: none").budget, Budget::NONE);
        let budget = read("budget: {failures: none, unreachable: 20, of_last: 200}").budget;
        let wanted =
            Budget { failures: None, unreachable: Some(Portion::Count(20)), of_last: 200, ..Budget::DEFAULT };
        assert_eq!(budget, wanted);
        assert_eq!(read("budget: {of_last: 4}").budget.sample, 4);
        assert!(read("retries: none").retries.limits.is_empty());
        let retries = read("retries: {classes: {no_banner: 9, no_route: 0}, first: 500ms}").retries;
        assert_eq!(retries.limits.get(&Class::NoBanner), Some(&9));
        assert_eq!(retries.limits.get(&Class::NoRoute), None);
        assert_eq!(retries.limits.len(), RETRYABLE.len() - 1);
        assert_eq!((retries.first, retries.longest), (500, Retries::default().longest));
    }

    #[test]
    fn windows_are_kept_by_group() {
        let windows =
            settings("windows: {web: 'sat 22:00-04:00 UTC', all: 'daily 01:00-02:00 UTC'}").unwrap();
        let names: Vec<_> = windows.rollout.windows.keys().map(String::as_str).collect();
        assert_eq!(names, ["all", "web"]);
    }
}
