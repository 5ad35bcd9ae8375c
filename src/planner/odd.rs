//! Which values of a plan that was read can it not have?

use std::time::Duration;

use super::MOST_AT_ONCE;
use crate::model::{Budget, Plan, RETRYABLE, Retries, Rules, readable};

/// No run waits longer than this for anything.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// How often a host is tried again at most for mishaps of one class.
pub const MOST_TRIES: u32 = 20;

/// The first value that is odd, in a sentence.
pub(super) fn odd(plan: &Plan) -> Option<String> {
    if !(1..=MOST_AT_ONCE).contains(&plan.at_once) {
        return Some(format!("`at_once` is {}, not 1 to {MOST_AT_ONCE}", plan.at_once));
    }
    if !plan.hosts.is_sorted_by_key(|host| host.wave) {
        return Some("its hosts are not in the order of their waves".to_owned());
    }
    digests(plan).or_else(|| rules(plan))
}

fn digests(plan: &Plan) -> Option<String> {
    let is_digest = |text: &&str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let files = plan.installers.iter().map(|file| file.sha256.as_str());
    let mut digests = files.chain(plan.inputs.iter().map(|input| input.sha256.as_str()));
    let bad = digests.find(|digest| !is_digest(digest))?;
    Some(format!("`{}` is not a SHA-256 of 64 hexadecimal digits", readable(bad)))
}

fn rules(plan: &Plan) -> Option<String> {
    let rules = &plan.rules;
    if rules.gates.len() > plan.waves.len().saturating_sub(1) {
        return Some(format!("{} gates cannot part {} waves", rules.gates.len(), plan.waves.len()));
    }
    waits(rules).or_else(|| ramp(plan)).or_else(|| budget(&rules.budget)).or_else(|| retries(&rules.retries))
}

fn waits(rules: &Rules) -> Option<String> {
    let mut waits = rules.gates.iter().map(|gate| gate.soak).chain(rules.wait_for_offline);
    let long = waits.find(|wait| *wait > LONGEST.as_secs())?;
    Some(format!("nothing waits {long} seconds"))
}

fn ramp(plan: &Plan) -> Option<String> {
    let steps = &plan.rules.ramp;
    if let Some(fast) = steps.iter().find(|step| step.rate.per_hour() > plan.rate.per_hour()) {
        return Some(format!("a step of its ramp is {}, faster than its rate of {}", fast.rate, plan.rate));
    }
    let (last, before) = steps.split_last()?;
    let climbs = before.iter().all(|step| step.hosts.is_some_and(|hosts| hosts > 0));
    (!climbs || last.hosts == Some(0)).then(|| "its ramp has steps that never begin or never end".to_owned())
}

fn budget(budget: &Budget) -> Option<String> {
    let counted = (1..=budget.of_last).contains(&budget.sample) && budget.consecutive != Some(0);
    (!counted).then(|| format!("{} of {} hosts are no sample", budget.sample, budget.of_last))
}

fn retries(retries: &Retries) -> Option<String> {
    let may_pass = |class| RETRYABLE.iter().any(|(known, ..)| *known == class);
    if let Some((class, times)) =
        retries.limits.iter().find(|(class, times)| !may_pass(**class) || **times > MOST_TRIES)
    {
        return Some(format!("`{class}` is not tried again {times} times"));
    }
    let longest = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
    let grows = retries.first <= retries.longest && retries.longest <= longest;
    (!grows).then(|| format!("rests do not grow from {} to {} ms", retries.first, retries.longest))
}
