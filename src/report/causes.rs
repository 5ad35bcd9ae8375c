//! What do hosts with the same misfortune have in common?

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::record::{Cause, HostRecord};
use crate::model::{Class, Outcome, OutcomeKind, Phase, Rule};

/// What is said of hosts that were left alone because of a trace, and have no client that runs.
pub const NO_CLIENT_RUNS: &str = "no client runs there";

/// What stands for the host's own name or address in a folded detail.
const STAND_IN: &str = "<host>";

#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    kind: OutcomeKind,
    phase: Option<Phase>,
    class: Option<Class>,
    rule: Option<Rule>,
    detail: Cow<'a, str>,
}

/// Folds hosts; the kinds that need attention come first, then the most frequent.
pub(super) fn fold(hosts: &[HostRecord]) -> Vec<Cause> {
    let mut folded: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for (at, host) in hosts.iter().enumerate() {
        if let Some(key) = key(host) {
            folded.entry(key).or_default().push(at);
        }
    }
    let mut causes: Vec<_> = folded.into_iter().map(|(key, hosts)| cause(key, hosts)).collect();
    // The first host differs between all causes, so the order never depends on the map's.
    causes.sort_unstable_by_key(|cause| {
        (urgency(cause.kind), Reverse(cause.hosts.len()), cause.hosts.first().copied())
    });
    causes
}

fn cause(key: Key<'_>, hosts: Vec<usize>) -> Cause {
    Cause {
        kind: key.kind,
        phase: key.phase,
        class: key.class,
        rule: key.rule,
        detail: key.detail.into_owned(),
        hosts,
    }
}

fn urgency(kind: OutcomeKind) -> u8 {
    match kind {
        OutcomeKind::Failed => 0,
        OutcomeKind::NotConnected => 1,
        OutcomeKind::Unreachable => 2,
        OutcomeKind::Unknown => 3,
        OutcomeKind::NotStarted => 4,
        OutcomeKind::AlreadyPresent => 5,
        OutcomeKind::AlreadyAbsent => 6,
        OutcomeKind::Installed | OutcomeKind::Connected => 7,
        OutcomeKind::Removed => 8,
    }
}

fn key(host: &HostRecord) -> Option<Key<'_>> {
    let (phase, class, rule, detail) = match &host.outcome {
        Outcome::Installed { .. } | Outcome::Connected { .. } | Outcome::Removed { .. } => return None,
        Outcome::NotConnected { detail, .. } => (None, None, None, detail.as_str()),
        Outcome::AlreadyAbsent { why } => (None, None, None, why.as_str()),
        Outcome::AlreadyPresent { rule, running: true, .. } => (None, None, Some(*rule), ""),
        Outcome::AlreadyPresent { rule, .. } => (None, None, Some(*rule), NO_CLIENT_RUNS),
        Outcome::Failed { phase, class, detail, .. } => (Some(*phase), Some(*class), None, detail.as_str()),
        Outcome::Unreachable { class, detail } => (None, Some(*class), None, detail.as_str()),
        Outcome::Unknown { phase, detail } => (Some(*phase), None, None, detail.as_str()),
        Outcome::NotStarted { reason } => (None, None, None, reason.as_str()),
    };
    Some(Key { kind: host.outcome.kind(), phase, class, rule, detail: anonymous(detail, host) })
}

/// The detail without the host's own name and address, so that the same misfortune reads the same.
fn anonymous<'a>(detail: &'a str, host: &HostRecord) -> Cow<'a, str> {
    // The longer first: an address often begins with the name.
    let mut own = [&*host.name, &*host.address];
    own.sort_by_key(|name| Reverse(name.len()));
    let mut detail = Cow::Borrowed(detail);
    for name in own {
        if let Some(replaced) = replace_word(&detail, name) {
            detail = Cow::Owned(replaced);
        }
    }
    detail
}

/// Replaces a word that stands alone; none when it does not occur.
fn replace_word(text: &str, word: &str) -> Option<String> {
    if word.is_empty() {
        return None;
    }
    let part_of_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut replaced = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices(word) {
        let end = at + word.len();
        let alone = !text[..at].ends_with(part_of_word) && !text[end..].starts_with(part_of_word);
        if alone {
            replaced.push_str(&text[copied..at]);
            replaced.push_str(STAND_IN);
            copied = end;
        }
    }
    (copied > 0).then(|| replaced + &text[copied..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_replaced() {
        let replace = |text, word| replace_word(text, word);
        assert_eq!(replace("web1: no", "web1").as_deref(), Some("<host>: no"));
        assert_eq!(replace("web10, web1, my-web1", "web1").as_deref(), Some("web10, <host>, my-web1"));
        assert_eq!(replace("110.0.0.1 10.0.0.1:22", "10.0.0.1").as_deref(), Some("110.0.0.1 <host>:22"));
        assert_eq!(replace("nothing", "web1"), None);
        assert_eq!(replace("nothing", ""), None);
        assert_eq!(replace("ärger im büro", "büro").as_deref(), Some("ärger im <host>"));
    }
}
