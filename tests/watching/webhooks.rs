//! Does a webhook hear what it should, and does a bad one harm nobody?

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::fleet::Stage;
use crate::hosts;
use crate::process::until;
use crate::receiver::{Receiver, SECRET, assert_secret_is_kept, begin, command};
use crate::scene::{order, outcome, prepare};
use crate::shapes;

/// How long a run waits for its watchers at the end, and some more for a busy machine.
const FAREWELL: Duration = Duration::from_millis(7500);

/// Writes the settings' `notify:`.
fn settings_say(stage: &Stage, notify: &str) {
    let path = stage.path().join("jumpfleet.yaml");
    let text = fs::read_to_string(&path).expect("the settings");
    let known = text.split("notify:").next().unwrap_or_default();
    fs::write(path, format!("{known}notify: {notify}\n")).expect("a file");
}

/// The names of an object's fields, which the page shows in order.
fn names(message: &Value) -> Vec<&String> {
    message.as_object().expect("an object").keys().collect()
}

/// The message that the documents show.
fn on_the_page() -> Value {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/watching.md");
    let text = fs::read_to_string(page).expect("the page");
    let (_, shown) = text.split_once("```json\n").expect("a message");
    serde_json::from_str(shown.split("```").next().unwrap_or_default()).expect("JSON")
}

fn events(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["event"].as_str().unwrap_or_default()).collect()
}

pub fn a_webhook_hears_the_course_of_a_run(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: {kind: auto, soak: 1s}");
    let receiver = Receiver::start(stage);
    stage.write("hook", &format!("{}\n", receiver.url("ok").replace(SECRET, "from-a-file")));
    let done = begin(stage, &[("HOOK", &receiver.url("ok"))], &["--notify", "env:HOOK"]).end().expect(0);
    let messages = receiver.messages();
    messages.iter().for_each(shapes::json);
    assert_eq!(events(&messages), ["wave", "end"], "{}", done.stderr);
    let (wave, end) = (&messages[0], &messages[1]);
    assert_eq!(wave["wave"], serde_json::json!({"number": 1, "of": 2, "name": "1"}));
    assert_eq!(wave["counts"], serde_json::json!({"installed": 1}));
    assert_eq!(end["counts"], serde_json::json!({"installed": 3}));
    assert_eq!((end["exit"].as_u64(), end["hosts"].as_u64()), (Some(0), Some(3)));
    let verdict = done.stdout.lines().next().expect("a verdict");
    assert_eq!(end["title"], format!("pra.example.org: {verdict}"));
    for name in ["run", "plan_id", "site"] {
        assert!(done.stdout.contains(end[name].as_str().expect("a text")), "{}", done.stdout);
    }
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    assert_secret_is_kept(stage);
    // The settings know another webhook, by a file, and what it wants to hear.
    settings_say(stage, "{url: {file: hook}, events: [end]}");
    receiver.clear();
    begin(stage, &[], &[]).end().expect(0);
    assert_eq!(events(&receiver.messages()), ["end"]);
    assert!(receiver.taken()[0].path.ends_with("/from-a-file"));
    receiver.clear();
    begin(stage, &[], &["--notify", "none"]).end().expect(0);
    assert!(receiver.taken().is_empty());
}

pub fn a_person_is_told_of_gates_and_halts(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: manual, budget: {consecutive: 2}, at_once: 1");
    for host in &stage.hosts[1..3] {
        hosts::behave(stage, host, "exit=7");
    }
    let receiver = Receiver::start(stage);
    let run = begin(stage, &[("HOOK", &receiver.url("ok"))], &["--notify", "env:HOOK"]);
    until("the person is told", || !receiver.messages().is_empty());
    let gate = &receiver.messages()[0];
    assert_eq!(gate["event"], "gate");
    let next = gate["next"].as_str().expect("a command");
    let words: Vec<&str> = next.split(' ').skip(1).collect();
    order(stage, &words);
    run.end().expect(5);
    let messages = receiver.messages();
    messages.iter().for_each(shapes::json);
    assert_eq!(events(&messages), ["gate", "halt", "end"]);
    let (halt, end) = (&messages[1], &messages[2]);
    assert_eq!(names(halt), names(&on_the_page()), "docs/watching.md shows another message");
    assert_eq!(halt["rule"], "consecutive");
    assert_eq!(halt["why"], "2 hosts failed one after the other (limit 2)");
    let mishap = halt["last_mishap"].as_str().expect("a mishap");
    assert!(mishap.starts_with(&*stage.hosts[2]) && mishap.contains("exit code 7"), "{mishap}");
    assert_eq!(outcome(stage, &stage.hosts[2])["outcome"], "failed");
    assert_eq!(end["exit"], 5);
    assert_eq!(end["counts"]["not_started"], 3);
    assert!(end["next"].as_str().unwrap().starts_with("jumpfleet rollout --resume "));
}

pub fn slack_and_teams_hear_in_their_own_form(stage: &Stage) {
    prepare(stage, "waves: [1, 1]");
    let receiver = Receiver::start(stage);
    settings_say(stage, "{url: {env: HOOK}, shape: slack}");
    let url = receiver.url("ok");
    begin(stage, &[("HOOK", &url)], &[]).end().expect(0);
    let told: Vec<String> = receiver.messages().iter().map(shapes::slack).collect();
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("Wave 1 of 2 has ended") && told[1].contains("ALL GOOD"), "{told:?}");
    receiver.clear();
    begin(stage, &[("HOOK", &url)], &["--notify-as", "teams"]).end().expect(0);
    let told: Vec<String> = receiver.messages().iter().map(shapes::teams).collect();
    assert!(told.len() == 2 && told[1].contains("ALL GOOD"), "{told:?}");
}

pub fn a_busy_webhook_is_told_later(stage: &Stage) {
    prepare(stage, "");
    let receiver = Receiver::start(stage);
    let run = begin(stage, &[("HOOK", &receiver.url("busy"))], &["--notify", "env:HOOK"]);
    let done = run.end().expect(0);
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2, "{}", done.stderr);
    assert!(taken[1].at - taken[0].at >= 1.0, "the rest that was asked for was not kept");
    assert_eq!(taken[0].body(), taken[1].body());
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
}

/// Runs on a host that has its client, so that all the time goes to the webhook.
pub fn bad_webhooks_harm_nobody(stage: &Stage) {
    prepare(stage, "");
    begin(stage, &[], &[]).end().expect(0);
    let begun = Instant::now();
    begin(stage, &[], &[]).end().expect(0);
    let plain = begun.elapsed();
    let receiver = Receiver::start(stage);
    let ways = [
        ("hang", "no answer within 4 s"),
        ("drip", "no answer within 4 s"),
        ("fail", "answers 500"),
        ("gone", "answers 404"),
        ("redirect", "points elsewhere (302)"),
        ("cut", "the connection was cut"),
        ("rubbish", "is not HTTP"),
    ];
    let closed = format!("http://127.0.0.1:1/{SECRET}");
    let unknown = format!("https://no-such-name.invalid/{SECRET}");
    let no_tls = receiver.url("ok").replace("http:", "https:");
    let urls = ways.map(|(how, said)| (receiver.url(how), said));
    let more = [(closed, "refused"), (unknown, "no-such-name.invalid"), (no_tls, "corrupt message")];
    for (url, said) in urls.into_iter().chain(more) {
        let begun = Instant::now();
        let done = begin(stage, &[("HOOK", &url)], &["--notify", "env:HOOK"]).end().expect(0);
        let took = begun.elapsed();
        assert!(took < plain + FAREWELL, "{url}: {took:?}, and {plain:?} without a webhook");
        assert!(done.stdout.starts_with("ALL GOOD"), "{}", done.stdout);
        let warnings: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("warning")).collect();
        assert_eq!(warnings.len(), 1, "{url}: {}", done.stderr);
        assert!(warnings[0].starts_with("warning: the webhook is not told: `"), "{}", done.stderr);
        assert!(warnings[0].contains(said), "{url}: {}", done.stderr);
    }
    let stolen = receiver.taken().iter().filter(|taken| taken.path.contains("stolen")).count();
    assert_eq!(stolen, 0, "a redirection was followed");
    assert_secret_is_kept(stage);
}

pub fn a_run_that_is_watched_badly_is_the_same(stage: &Stage) {
    prepare(stage, "waves: [2, 100%]");
    let (quiet, watched) = stage.hosts.split_at(4);
    let receiver = Receiver::start(stage);
    let limits = [quiet, watched].map(|hosts| hosts.join(","));
    let begun = Instant::now();
    begin(stage, &[], &["--limit", &limits[0]]).end().expect(0);
    let plain = begun.elapsed();
    let variables = [
        ("HOOK", receiver.url("hang")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url("hang")),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
    ];
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let more = ["--limit", &limits[1], "--notify", "env:HOOK", "--metrics-file", "metrics.prom"];
    let begun = Instant::now();
    let done = begin(stage, &variables, &more).end().expect(0);
    let took = begun.elapsed();
    assert!(took < plain + FAREWELL, "{took:?}, and {plain:?} without watchers");
    let gaps = |hosts: &[String]| {
        let starts = hosts::starts(stage, hosts);
        assert_eq!(starts.len(), 4, "{starts:?}");
        starts.windows(2).map(|pair| pair[1].uptime - pair[0].uptime).collect::<Vec<f64>>()
    };
    let (plain, watched) = (gaps(quiet), gaps(watched));
    for (one, other) in plain.iter().zip(&watched) {
        assert!((one - other).abs() < 2.0, "{plain:?} and {watched:?}");
    }
    assert!(receiver.taken().iter().any(|taken| taken.path.ends_with("/v1/traces")), "nothing was traced");
    assert!(done.stderr.matches("warning").count() <= 3, "{}", done.stderr);
    assert_secret_is_kept(stage);
}

pub fn a_webhook_with_a_certificate_of_its_own(stage: &Stage) {
    prepare(stage, "");
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&key).expect("a certificate");
    let issuer = rcgen::Issuer::new(parameters, key);
    let own = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let certificate = parameters.signed_by(&own, &issuer).expect("a certificate");
    stage.write("ca.pem", &authority.pem());
    stage.write("server.pem", &certificate.pem());
    stage.write("server.key", &own.serialize_pem());
    let at = |name: &str| stage.path().join(name);
    let receiver = Receiver::start_tls(stage, &at("server.pem"), &at("server.key"));
    let url = receiver.url("ok");
    settings_say(stage, "{url: {env: HOOK}}");
    let done = begin(stage, &[("HOOK", &url)], &[]).end().expect(0);
    assert!(receiver.taken().is_empty(), "somebody was told whom nobody vouches for");
    assert!(done.stderr.contains("invalid peer certificate: UnknownIssuer"), "{}", done.stderr);
    settings_say(stage, "{url: {env: HOOK}, ca_file: ca.pem}");
    let done = begin(stage, &[("HOOK", &url)], &[]).end().expect(0);
    assert_eq!(events(&receiver.messages()), ["end"], "{}", done.stderr);
    // The system's authorities, as its administrator names them.
    settings_say(stage, "{url: {env: HOOK}}");
    let system = at("ca.pem").display().to_string();
    let done = begin(stage, &[("HOOK", &url), ("SSL_CERT_FILE", &system)], &[]).end().expect(0);
    assert_eq!(receiver.messages().len(), 2, "{}", done.stderr);
    // The collector's certificate is looked at in the same way.
    receiver.clear();
    let endpoint = format!("{}/ok", receiver.base());
    let traced = |more: &[(&str, &str)]| {
        let variables = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)], more].concat();
        begin(stage, &variables, &["--notify", "none"]).end().expect(0)
    };
    let done = traced(&[]);
    assert!(
        done.stderr.contains("traces are lost: `127.0.0.1`: invalid peer certificate"),
        "{}",
        done.stderr
    );
    assert!(receiver.taken().is_empty());
    let done = traced(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", &system)]);
    assert_eq!(receiver.taken()[0].path, "/ok/v1/traces", "{}", done.stderr);
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    assert_secret_is_kept(stage);
}

pub fn ctrl_c_ends_the_waiting(stage: &Stage) {
    prepare(stage, "");
    let receiver = Receiver::start(stage);
    let variables =
        [("HOOK", &*receiver.url("hang")), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("hang"))];
    let mut run = begin(stage, &variables, &["--notify", "env:HOOK"]);
    run.await_events("run_finished", 1);
    let begun = Instant::now();
    run.signal(Signal::INT);
    let done = run.end().expect(0);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(done.stdout.starts_with("ALL GOOD"), "{}", done.stdout);
    assert!(done.stderr.contains("not everybody who watches the run heard its end"), "{}", done.stderr);
}

pub fn an_address_is_never_shown(stage: &Stage) {
    prepare(stage, "");
    let plain = format!("http://hooks.example.org/{SECRET}");
    stage.write("empty", "\n");
    let wrong: [(&[&str], &str, &str); 7] = [
        (&["--notify", &plain], "", "never the address itself"),
        (&["--notify", "env:HOOK"], &plain, "without TLS"),
        (&["--notify", "env:HOOK"], SECRET, "is no address"),
        (&["--notify", "env:NONE"], "", "`NONE` is not set"),
        (&["--notify", "file:nowhere"], "", "nowhere"),
        (&["--notify", "file:empty"], "", "is empty"),
        (&["--notify-as", "slack"], "", "none is told"),
    ];
    for (arguments, hook, said) in wrong {
        let done = begin(stage, &[("HOOK", hook)], arguments).end().expect(2);
        assert!(done.stderr.contains(said) && !done.stderr.contains(SECRET), "{}", done.stderr);
        assert!(!stage.path().join("state/jumpfleet/runs").exists(), "a run was begun");
    }
    settings_say(stage, &format!("{{url: '{plain}'}}"));
    let done = command(stage, &[], &["plan", "-i", "inventory.yaml"]).end().expect(2);
    assert!(done.stderr.contains("`url` is not a reference to a secret"), "{}", done.stderr);
    assert!(!done.stderr.contains(SECRET), "{}", done.stderr);
}

pub fn a_proxy_is_asked_for_the_way(stage: &Stage) {
    prepare(stage, "");
    let receiver = Receiver::start(stage);
    let url = format!("https://hooks.example.org/{SECRET}");
    let variables = [("HOOK", &*url), ("HTTPS_PROXY", &receiver.base())];
    let done = begin(stage, &variables, &["--notify", "env:HOOK"]).end().expect(0);
    let taken = receiver.taken();
    assert!(!taken.is_empty(), "{}", done.stderr);
    assert_eq!((taken[0].method.as_str(), taken[0].path.as_str()), ("CONNECT", "hooks.example.org:443"));
    assert_secret_is_kept(stage);
}
