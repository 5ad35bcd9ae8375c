//! What does a plan decide for all of its hosts together?

use crate::model::{FindingLevel, GateKind, Plan, counted};
use crate::planner::said;

/// One decision: what, and what was decided.
pub(super) type Fact = (String, String);

/// Everything a plan decides for all hosts, each with a name that is the same in every plan.
pub(super) fn facts(plan: &Plan) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |what: &str, value: String| facts.push((what.to_owned(), value));
    add("task", plan.task.to_string());
    add("site", plan.appliance.site.clone());
    add("clients the site has", plan.appliance.clients.to_string());
    if let Some(ceiling) = plan.appliance.ceiling {
        add("clients the site can hold", ceiling.to_string());
    }
    if let Some(run) = &plan.undoes {
        add("undoes run", run.clone());
    }
    if let Some(limit) = &plan.limit {
        add("limit", limit.clone());
    }
    add("rate", plan.rate.to_string());
    add("visits at once", plan.at_once.to_string());
    add("expected install", format!("{} s", plan.estimate.install));
    add("jumpfleet", plan.tool_version.clone());
    facts.extend(said::habits(plan).into_iter().map(|(what, sentence)| {
        let value = sentence.strip_prefix(what).map_or(sentence.as_str(), str::trim_start);
        (what.to_owned(), value.to_owned())
    }));
    facts.extend(releases(plan));
    facts.extend(waves(plan));
    facts.extend(findings(plan));
    facts
}

fn releases(plan: &Plan) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (name, release) in &plan.releases {
        let mut add = |what: &str, value: String| facts.push((format!("release {name}: {what}"), value));
        add("product", release.product.to_string());
        if let Some(version) = &release.version {
            add("version", version.clone());
        }
        if let Some(expires) = release.expires {
            add("expires", expires.to_string());
        }
        if let Some(key) = &release.key {
            add("key", format!("from {key}"));
        }
        if !release.overrides.is_empty() {
            add("overrides", release.overrides.join(", "));
        }
    }
    // A removal uses no installer; its plan holds only the name of one.
    let installers = plan.installers.iter().filter(|_| plan.task.installs());
    for file in installers {
        let digest = file.sha256.get(..16).unwrap_or_default();
        let what = format!("installer {} {}", file.release, file.platform);
        facts.push((what, format!("{} ({} bytes, sha256 {digest})", file.shown, file.bytes)));
    }
    facts
}

fn waves(plan: &Plan) -> Vec<Fact> {
    let mut counts = vec![0_usize; plan.waves.len()];
    plan.hosts.iter().for_each(|host| counts[host.wave as usize] += 1);
    let waves = plan.waves.iter().zip(counts).enumerate().map(|(at, (name, hosts))| {
        (format!("wave {}", at + 1), format!("{name}, {}", counted(hosts, "host")))
    });
    let gates = plan.rules.gates.iter().enumerate().map(|(at, gate)| {
        let soak = if gate.kind == GateKind::Auto {
            format!(", soak {}", said::length(gate.soak * 1000))
        } else {
            String::new()
        };
        (format!("gate behind wave {}", at + 1), format!("{}{soak}", gate.kind))
    });
    waves.chain(gates).collect()
}

fn findings(plan: &Plan) -> Vec<Fact> {
    let serious = plan.findings.iter().filter(|finding| finding.level != FindingLevel::Note);
    let said = serious.map(|finding| {
        (format!("finding {}", finding.code), format!("{}: {}", finding.level, finding.message))
    });
    said.collect()
}
