//! Is a run one trace, whole and in order?

use std::collections::BTreeMap;
use std::fs;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;

use crate::fleet::{KEY, Stage};
use crate::hosts;
use crate::receiver::{Receiver, begin, command};
use crate::scene::{order, outcome, prepare};

/// What came to the collector.
struct Trace {
    resource: BTreeMap<String, String>,
    spans: Vec<Span>,
}

fn words(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> BTreeMap<String, String> {
    let word = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => panic!("{other:?}"),
    };
    let value = |pair: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        (pair.key.clone(), word(pair.value.clone().and_then(|value| value.value)))
    };
    attributes.iter().map(value).collect()
}

impl Trace {
    fn of(receiver: &Receiver) -> Self {
        let mut trace = Self { resource: BTreeMap::new(), spans: Vec::new() };
        for taken in receiver.taken() {
            assert_eq!((taken.method.as_str(), taken.path.as_str()), ("POST", "/ok/v1/traces"));
            assert_eq!(taken.headers["content-type"], "application/x-protobuf");
            let body = taken.body();
            assert!(!body.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key is in a trace");
            let request = ExportTraceServiceRequest::decode(&*body).expect("an OTLP request");
            for part in request.resource_spans {
                trace.resource = words(&part.resource.expect("a resource").attributes);
                trace.spans.extend(part.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
        trace
    }

    fn named(&self, name: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.name == name).collect()
    }

    /// The spans within this one, in the order in which they began.
    fn within(&self, parent: &Span) -> Vec<&Span> {
        let mut within: Vec<&Span> =
            self.spans.iter().filter(|span| span.parent_span_id == parent.span_id).collect();
        within.sort_by_key(|span| (span.start_time_unix_nano, span.end_time_unix_nano));
        within
    }

    fn visits_to(&self, host: &str) -> Vec<&Span> {
        let mut visits = self.named("visit");
        visits.retain(|span| words(&span.attributes)["host.name"] == host);
        visits.sort_by_key(|span| span.start_time_unix_nano);
        visits
    }

    fn phases(&self, visit: &Span) -> Vec<&str> {
        self.within(visit).iter().map(|span| span.name.as_str()).collect()
    }
}

fn is_error(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn endpoint(receiver: &Receiver) -> String {
    format!("{}/ok", receiver.base())
}

pub fn a_run_is_one_trace(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], retries: {first: 1s}");
    hosts::behave(stage, &stage.hosts[1], "exit=7");
    // Nobody listens there any more: worth another try, and then out of reach.
    hosts::everywhere(stage, &stage.hosts[2..3], "pkill -x sshd || true");
    let receiver = Receiver::start(stage);
    let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint(&receiver)),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=t0k3n"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=lab"),
        ("TRACEPARENT", caller),
    ];
    let done = begin(stage, &variables, &[]).end().expect(3);
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    assert!(receiver.taken().iter().all(|taken| taken.headers["x-token"] == "t0k3n"));
    let trace = Trace::of(&receiver);
    assert_eq!(trace.resource["service.name"], "jumpfleet");
    assert_eq!(trace.resource["deployment.environment.name"], "lab");
    assert!(trace.spans.iter().all(|span| hex(&span.trace_id) == caller[3..35]), "more than one trace");
    assert!(trace.spans.iter().all(|span| span.end_time_unix_nano >= span.start_time_unix_nano));
    let roots = trace.named("rollout");
    assert_eq!(roots.len(), 1);
    let root = roots[0];
    assert_eq!(hex(&root.parent_span_id), caller[36..52]);
    let said = words(&root.attributes);
    assert_eq!((&*said["jumpfleet.hosts"], &*said["process.exit.code"]), ("4", "3"));
    assert_eq!(said["jumpfleet.hosts.installed"], "2");
    assert!(is_error(root));
    let waves = trace.within(root);
    assert_eq!(waves.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["wave", "wave"]);
    assert_eq!(trace.within(waves[0]).len(), 1);
    let visit = trace.visits_to(&stage.hosts[0])[0];
    assert_eq!(visit.parent_span_id, waves[0].span_id);
    assert_eq!(
        trace.phases(visit),
        ["connect", "detect", "upload", "wait for permit", "install", "start client", "verify"]
    );
    assert_eq!(words(&visit.attributes)["jumpfleet.outcome"], "installed");
    assert!(!is_error(visit));
    let failed = trace.visits_to(&stage.hosts[1])[0];
    assert!(is_error(failed));
    assert_eq!(words(&failed.attributes)["error.type"], "installer_failed");
    let phases = trace.within(failed);
    assert!(phases.iter().any(|span| span.name == "install" && is_error(span)), "{:?}", trace.phases(failed));
    let away = trace.visits_to(&stage.hosts[2]);
    assert!(away.len() > 1, "nothing was tried again");
    assert_eq!(words(&away[1].attributes)["jumpfleet.attempt"], "2");
    assert_eq!(away[0].events[0].name, "retry planned");
    assert_eq!(words(&away[0].events[0].attributes)["error.type"], "connection_refused");
    assert_eq!(trace.phases(away[0]), ["connect"]);
    assert_eq!(outcome(stage, &stage.hosts[2])["outcome"], "unreachable");
    // Every span lies within one that is there, but the first.
    let known = |id: &Vec<u8>| trace.spans.iter().any(|span| span.span_id == *id);
    assert!(
        trace
            .spans
            .iter()
            .filter(|span| span.span_id != root.span_id)
            .all(|span| known(&span.parent_span_id))
    );
}

pub fn a_resumed_run_points_to_the_trace_before(stage: &Stage) {
    prepare(stage, "waves: [1, 1], gates: manual");
    let receiver = Receiver::start(stage);
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint(&receiver)), ("OTEL_SERVICE_NAME", "nightly")];
    let mut run = begin(stage, &variables, &[]);
    run.await_events("gate_reached", 1);
    let place = crate::journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal");
    let before = fs::read_to_string(place.with_file_name("traceparent")).expect("the trace of the run");
    run.kill();
    receiver.clear();
    let mut run = command(stage, &variables, &["rollout", "--resume", "--yes"]);
    run.await_events("gate_reached", 2);
    order(stage, &["continue"]);
    run.end().expect(0);
    let trace = Trace::of(&receiver);
    assert_eq!(trace.resource["service.name"], "nightly");
    let root = trace.named("rollout")[0];
    assert!(root.parent_span_id.is_empty());
    assert_eq!(words(&root.attributes)["jumpfleet.resumed"], "true");
    assert_eq!(root.links.len(), 1);
    let linked = format!("00-{}-{}-01", hex(&root.links[0].trace_id), hex(&root.links[0].span_id));
    assert_eq!(linked, before.trim());
    assert_ne!(root.trace_id, root.links[0].trace_id);
    assert_eq!(trace.named("visit").len(), 1, "only the host that was left is visited");
}

pub fn a_removal_is_traced_too(stage: &Stage) {
    prepare(stage, "");
    begin(stage, &[], &[]).end().expect(0);
    let receiver = Receiver::start(stage);
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*format!("{}/v1/traces", endpoint(&receiver)))];
    let more = ["undo", "latest", "--yes", "--metrics-file", "metrics.prom"];
    command(stage, &variables, &more).end().expect(0);
    let trace = Trace::of(&receiver);
    assert_eq!(trace.named("uninstall").len(), 1);
    let visit = trace.visits_to(&stage.hosts[0])[0];
    let phases = trace.phases(visit);
    assert!(phases.contains(&"wait for permit") && phases.contains(&"remove"), "{phases:?}");
    assert_eq!(words(&visit.attributes)["jumpfleet.outcome"], "removed");
    let metrics = fs::read_to_string(stage.path().join("metrics.prom")).expect("the metrics");
    assert!(metrics.contains("jumpfleet_hosts_finished{outcome=\"removed\"} 1\n"), "{metrics}");
}
