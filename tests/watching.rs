//! Do those who watch a run hear what they should, and is the run the same without them? On real hosts, with real
//! servers.

use std::process::ExitCode;

mod fleet;
#[path = "crash/hosts.rs"]
mod hosts;
#[path = "crash/journal.rs"]
mod journal;
#[path = "watching/metrics.rs"]
mod metrics;
#[path = "crash/process.rs"]
mod process;
#[path = "watching/receiver.rs"]
mod receiver;
#[path = "course/scene.rs"]
#[allow(dead_code, reason = "another test binary uses the rest")]
mod scene;
#[path = "watching/shapes.rs"]
mod shapes;
#[path = "watching/traces.rs"]
mod traces;
#[path = "watching/webhooks.rs"]
mod webhooks;

use fleet::Test;

fn main() -> ExitCode {
    fleet::run("watching", true, TESTS)
}

/// The longest first: the others run beside them.
const TESTS: &[Test] = &[
    ("bad_webhooks_harm_nobody", 1, webhooks::bad_webhooks_harm_nobody),
    ("a_run_that_is_watched_badly_is_the_same", 8, webhooks::a_run_that_is_watched_badly_is_the_same),
    ("a_webhook_hears_the_course_of_a_run", 3, webhooks::a_webhook_hears_the_course_of_a_run),
    ("a_person_is_told_of_gates_and_halts", 6, webhooks::a_person_is_told_of_gates_and_halts),
    ("slack_and_teams_hear_in_their_own_form", 2, webhooks::slack_and_teams_hear_in_their_own_form),
    ("a_busy_webhook_is_told_later", 1, webhooks::a_busy_webhook_is_told_later),
    ("a_webhook_with_a_certificate_of_its_own", 1, webhooks::a_webhook_with_a_certificate_of_its_own),
    ("ctrl_c_ends_the_waiting", 1, webhooks::ctrl_c_ends_the_waiting),
    ("an_address_is_never_shown", 1, webhooks::an_address_is_never_shown),
    ("a_proxy_is_asked_for_the_way", 1, webhooks::a_proxy_is_asked_for_the_way),
    ("metrics_follow_a_run", 5, metrics::metrics_follow_a_run),
    ("metrics_go_on_with_a_resumed_run", 3, metrics::metrics_go_on_with_a_resumed_run),
    ("a_run_is_one_trace", 4, traces::a_run_is_one_trace),
    ("a_resumed_run_points_to_the_trace_before", 2, traces::a_resumed_run_points_to_the_trace_before),
    ("a_removal_is_traced_too", 1, traces::a_removal_is_traced_too),
];
