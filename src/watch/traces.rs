//! How does a trace reach an OpenTelemetry collector? The standard variables in, spans out, in the background.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jiff::Timestamp;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, Tracer};

use super::spans::Drawing;
use super::stroke::{Attributes, Key, Stroke, Value};
use super::watcher::{About, Ending, Warning, Watcher, aside};
use crate::model::{Event, Plan};
use crate::store;
use crate::web::{Address, Client, Plain};

/// How long one request may take when the environment does not say (OpenTelemetry's exporter specification).
const LIMIT: Duration = Duration::from_secs(10);

/// How long the last spans are waited for at most.
const FLUSH: Duration = Duration::from_secs(5);

/// What the standard variables ask for.
pub struct Tracing {
    client: Client,
    /// The span that called this program, as W3C's `traceparent` has it.
    caller: Option<String>,
    /// Whether the service was given a name.
    is_named: bool,
}

/// The environment, passed in by whoever may read it.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Tracing {
    /// What the environment asks for; none when it asks for no traces. The error says why there are none although
    /// it does, and shows no address.
    pub fn read(environment: Environment<'_>) -> Result<Option<Self>, String> {
        let of = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let either = |special: &str, general: &str| of(special).or_else(|| of(general));
        let own = of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        let endpoint = own.or_else(|| {
            let base = of("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(format!("{}/v1/traces", base.trim_end_matches('/')))
        });
        let is_off = of("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"));
        let endpoint = match (of("OTEL_TRACES_EXPORTER").as_deref(), endpoint) {
            _ if is_off => return Ok(None),
            (Some("none"), _) | (None, None) => return Ok(None),
            (Some("otlp"), None) => "http://localhost:4318/v1/traces".to_owned(),
            (None | Some("otlp"), Some(endpoint)) => endpoint,
            (Some(_), _) => return Err("OTEL_TRACES_EXPORTER is neither `otlp` nor `none`".to_owned()),
        };
        let protocol = either("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
        if protocol.is_some_and(|protocol| protocol != "http/protobuf") {
            return Err("OTEL_EXPORTER_OTLP_PROTOCOL is another one than `http/protobuf`".to_owned());
        }
        let compression = either("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
        if compression.is_some_and(|compression| compression != "none") {
            return Err("OTEL_EXPORTER_OTLP_COMPRESSION is another one than `none`".to_owned());
        }
        let limit = either("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
        let limit = limit
            .and_then(|limit| limit.parse().ok())
            .filter(|limit| *limit > 0)
            .map_or(LIMIT, Duration::from_millis);
        let authority = either("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE");
        let authority = authority.map(|path| store::read_text(Path::new(&path))).transpose();
        let authority = authority.map_err(|error| error.to_string())?;
        let address = Address::parse(&endpoint, Plain::Anywhere)
            .map_err(|wrong| format!("the OTLP endpoint {wrong}"))?;
        let client = Client::new(address, authority.as_deref(), limit, environment)
            .map_err(|wrong| format!("the way to the OTLP endpoint: {wrong}"))?;
        let attributes = of("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let is_named = of("OTEL_SERVICE_NAME").is_some() || attributes.contains("service.name=");
        Ok(Some(Self { client, caller: of("TRACEPARENT"), is_named }))
    }
}

/// The crate's way to the web.
struct Post {
    client: Client,
    warning: Arc<Warning>,
}

impl fmt::Debug for Post {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.address().fmt(out)
    }
}

#[async_trait]
impl HttpClient for Post {
    /// Blocks; only the exporter's own thread calls it.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.client.send(Request::from_parts(head, body.to_vec())).inspect_err(|error| {
            self.warning.once(&format!("traces are lost: {error}"));
        })?;
        if !answer.status().is_success() {
            let host = self.client.address().host();
            self.warning.once(&format!("traces are lost: `{host}` answers {}", answer.status().as_u16()));
        }
        Ok(answer.map(Bytes::from))
    }
}

/// Keeps the span of a run, as `traceparent` has it, for a process that goes on with it.
type Keep = Box<dyn FnOnce(&str) + Send>;

/// Traces a run.
pub struct Traces {
    drawing: Drawing,
    provider: SdkTracerProvider,
    tracer: Tracer,
    open: HashMap<Key, Span>,
    caller: Option<SpanContext>,
    earlier: Option<SpanContext>,
    keep: Option<Keep>,
    flush: Option<thread::JoinHandle<()>>,
}

impl Traces {
    /// Traces of this run; `earlier` is what an earlier process of it kept, `warning` is said when spans are lost.
    ///
    /// The error says what of the environment cannot be understood.
    pub fn new(
        about: About,
        plan: &Plan,
        tracing: Tracing,
        earlier: Option<&str>,
        keep: Keep,
        warning: Arc<Warning>,
    ) -> Result<Self, String> {
        let version = about.version.clone();
        let endpoint = tracing.client.address().clone();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Post { client: tracing.client, warning })
            .with_endpoint(endpoint.reveal())
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|_| "the OTEL_EXPORTER_OTLP variables contradict each other".to_owned())?;
        let mut resource =
            Resource::builder().with_attribute(KeyValue::new("service.version", version.clone()));
        if !tracing.is_named {
            resource = resource.with_service_name("jumpfleet");
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        let scope = InstrumentationScope::builder("jumpfleet").with_version(version).build();
        Ok(Self {
            drawing: Drawing::new(about, plan),
            tracer: provider.tracer_with_scope(scope),
            provider,
            open: HashMap::new(),
            caller: tracing.caller.as_deref().and_then(read),
            earlier: earlier.and_then(read),
            keep: Some(keep),
            flush: None,
        })
    }

    fn draw(&mut self, stroke: Stroke) {
        match stroke {
            Stroke::Begin { key, within, name, attributes, at } => {
                self.begin(key, within, name, attributes, at)
            }
            Stroke::Whole { within, name, attributes, error, from, to } => {
                let Some(parent) = self.context(&within) else { return };
                let builder =
                    self.tracer.span_builder(name).with_start_time(from).with_attributes(pairs(attributes));
                let mut span = self.tracer.build_with_context(builder, &parent);
                finish(&mut span, error, to);
            }
            Stroke::Note { key, name, attributes, at } => {
                if let Some(span) = self.open.get_mut(&key) {
                    span.add_event_with_timestamp(name, SystemTime::from(at), pairs(attributes));
                }
            }
            Stroke::End { key, attributes, error, at } => {
                if let Some(mut span) = self.open.remove(&key) {
                    span.set_attributes(pairs(attributes));
                    finish(&mut span, error, at);
                }
            }
        }
    }

    fn begin(
        &mut self,
        key: Key,
        within: Option<Key>,
        name: &'static str,
        attributes: Attributes,
        at: Timestamp,
    ) {
        let parent = match &within {
            Some(within) => self.context(within),
            None => self.caller.clone().map(|caller| Context::new().with_remote_span_context(caller)),
        };
        let mut builder =
            self.tracer.span_builder(name).with_start_time(at).with_attributes(pairs(attributes));
        if within.is_none() {
            builder = builder.with_links(self.earlier.iter().cloned().map(Link::with_context).collect());
        }
        if matches!(key, Key::Visit(_)) {
            builder = builder.with_kind(SpanKind::Client);
        }
        let span = self.tracer.build_with_context(builder, &parent.unwrap_or_default());
        if let Some(keep) = self.keep.take_if(|_| within.is_none()) {
            let own = written(span.span_context());
            // A slow disk must not keep the next event waiting.
            aside(move || keep(&own));
        }
        self.open.insert(key, span);
    }

    fn context(&self, within: &Key) -> Option<Context> {
        let span = self.open.get(within)?;
        Some(Context::new().with_remote_span_context(span.span_context().clone()))
    }
}

fn finish(span: &mut Span, error: Option<String>, at: Timestamp) {
    if let Some(error) = error {
        span.set_attribute(KeyValue::new("error.type", error.clone()));
        span.set_status(Status::error(error));
    }
    span.end_with_timestamp(at.into());
}

fn pairs(attributes: Attributes) -> Vec<KeyValue> {
    let pair = |(name, value)| match value {
        Value::Text(text) => KeyValue::new(name, text),
        Value::Number(number) => KeyValue::new(name, number),
        Value::Flag(flag) => KeyValue::new(name, flag),
    };
    attributes.into_iter().map(pair).collect()
}

/// A span as W3C's `traceparent` writes it.
fn written(span: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8())
}

/// The span that a `traceparent` names; none when it cannot be understood, which W3C wants to be passed over.
fn read(traceparent: &str) -> Option<SpanContext> {
    use opentelemetry::propagation::TextMapPropagator;
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.trim().to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

impl Watcher for Traces {
    fn remember(&mut self, event: &Event) {
        self.drawing.remember(event);
    }

    fn hear(&mut self, event: &Event) {
        for stroke in self.drawing.hear(event) {
            self.draw(stroke);
        }
    }

    fn end(&mut self, ending: Option<&Ending>, now: Timestamp) {
        for stroke in self.drawing.end(ending, now) {
            self.draw(stroke);
        }
        let provider = self.provider.clone();
        let flush = move || {
            // What could not be sent was said already.
            let _ = provider.shutdown_with_timeout(FLUSH);
        };
        self.flush = thread::Builder::new().name("traces".to_owned()).spawn(flush).ok();
    }

    fn is_done(&mut self) -> bool {
        self.flush.as_ref().is_none_or(thread::JoinHandle::is_finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracing(variables: &[(&str, &str)]) -> Result<Option<Tracing>, String> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Tracing::read(&find)
    }

    #[test]
    fn traces_are_made_when_the_standard_variables_ask_for_them() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
        let address = |variables: &[(&str, &str)]| {
            tracing(variables).unwrap().map(|tracing| tracing.client.address().reveal())
        };
        assert_eq!(address(&[endpoint]).as_deref(), Some("http://collector:4318/v1/traces"));
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t.example.org/x");
        assert_eq!(address(&[endpoint, own]).as_deref(), Some("https://t.example.org/x"));
        let local = Some("http://localhost:4318/v1/traces");
        assert_eq!(address(&[("OTEL_TRACES_EXPORTER", "otlp")]).as_deref(), local);
        for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(address(&[endpoint, off]), None);
        }
        assert_eq!(address(&[]), None);
        assert_eq!(address(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), None);
    }

    #[test]
    fn what_is_not_spoken_is_said() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
        ] {
            assert!(tracing(&[endpoint, (name, value)]).is_err(), "{name}");
        }
        let wrong = tracing(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "token@nowhere")]).err().unwrap();
        assert!(!wrong.contains("token"), "{wrong}");
    }

    #[test]
    fn a_traceparent_is_read_and_written() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(written(&read(text).unwrap()), text);
        for wrong in ["", "00-0-0-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
