//! What is a kind of hosts told, in words a person can read? Secrets are masked.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::installer;
use crate::model::{Access, HostKeyPolicy, Piece, Plan, Script, Slot, Task, Treatment};
use crate::shell;

/// What fills gaps, a host's own or common.
pub(super) type Values = BTreeMap<Slot, Arc<str>>;

/// One thing hosts are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// A command as they will hear it; may have several lines.
    Command(String),
    /// Something that is done there, such as `then write the systemd unit`.
    Step(String),
}

/// Everything that hosts of a treatment are told that change something there.
pub(super) fn spoken(plan: &Plan, treatment: &Treatment, values: &Values, first: String) -> Vec<Spoken> {
    if plan.task == Task::Uninstall {
        return removal(plan, treatment, values);
    }
    let mut told = Vec::new();
    if plan.task == Task::Replace {
        told.push(Spoken::Step(first));
    }
    told.push(Spoken::Command(shown(plan, treatment, &treatment.invocation.command, values)));
    told.extend(treatment.invocation.start.iter().map(|step| Spoken::Step(format!("then {}", step.name))));
    told
}

fn removal(plan: &Plan, treatment: &Treatment, values: &Values) -> Vec<Spoken> {
    let steps = treatment.invocation.remove.iter().enumerate().map(|(at, step)| {
        if step.name == installer::VENDORS_REMOVAL {
            return Spoken::Command(shown(plan, treatment, &treatment.invocation.removal, values));
        }
        let word = if at == 0 { "first" } else { "then" };
        Spoken::Step(format!("{word} {}", step.name))
    });
    steps.collect()
}

/// A script as hosts will hear it, secrets masked.
fn shown(plan: &Plan, treatment: &Treatment, script: &Script, values: &Values) -> String {
    let mut text = String::new();
    for piece in &script.0 {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Gap { slot, quote } => match (fixed(plan, treatment, *slot), *slot) {
                (Some(word), Slot::Site) => text.push_str(&shell::quote(*quote, &word)),
                (Some(word), _) => text.push_str(&word),
                (None, slot) => match values.get(&slot).or_else(|| treatment.values.get(&slot)) {
                    Some(value) => text.push_str(&shell::quote(*quote, value)),
                    None => text.push_str(&format!("{{{{ {slot} }}}}")),
                },
            },
        }
    }
    text
}

/// What fills a gap on all hosts alike, or stands for what is only known later or never shown.
fn fixed(plan: &Plan, treatment: &Treatment, slot: Slot) -> Option<String> {
    let installer = &plan.installers[treatment.installer];
    Some(match slot {
        Slot::FileName => installer.shown.clone(),
        Slot::Key => match &installer.key_fingerprint {
            Some(fingerprint) => format!("‹key {fingerprint}›"),
            None => "‹key›".to_owned(),
        },
        Slot::FileDigest => installer.sha256.clone(),
        Slot::Site => plan.appliance.site.clone(),
        Slot::Run => "‹run›".to_owned(),
        Slot::Staging => "‹staging›".to_owned(),
        _ => return None,
    })
}

/// Who logs in, and whether as root.
pub(super) fn login(access: &Access) -> String {
    let root = if access.elevate { ", root through sudo" } else { "" };
    format!("as {}{root}", access.user.as_deref().unwrap_or("the caller's name"))
}

/// What a person should know of the way into a host before saying yes, one sentence each.
pub(super) fn way(access: &Access) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(passed) = passed(access) {
        told.push(passed);
    }
    if access.host_key_policy == HostKeyPolicy::AcceptNew {
        told.push("unknown host keys are accepted (accept-new)".to_owned());
    }
    if !access.known_hosts.is_empty() {
        told.push(format!("known hosts from {}", access.known_hosts.join(", ")));
    }
    let secrets = [
        ("login password", &access.password),
        ("passphrase", &access.key_passphrase),
        ("sudo password", &access.elevate_password),
    ];
    let named = secrets.into_iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?)));
    told.extend(named.map(|(name, secret)| format!("{name} from {secret}")));
    told
}

/// The bastions on the way, if there are any.
pub(super) fn passed(access: &Access) -> Option<String> {
    let passed: Vec<_> = access.jump.iter().map(|hop| format!("{}:{}", hop.host, hop.port)).collect();
    (!passed.is_empty()).then(|| format!("through {}", passed.join(", then ")))
}
