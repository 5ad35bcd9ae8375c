//! Who hears of a run beside the person at the screen?

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::client::client;
use super::run::Run;
use super::settings::{Notify, Rollout};
use super::{Problem, Surroundings, VERSION, output};
use crate::model::{Event, Plan, SecretReference};
use crate::store;
use crate::watch::{
    About, Metrics, Notifier, POST_LIMIT, Shape, Traces, Tracing, Warning, Watcher, Watchers, Webhook,
};
use crate::web::{Address, Plain};

/// What is in a metrics file until the run begins.
const NOT_YET: &[u8] = b"# The run has not begun.\n";

/// Who else hears of it?
#[derive(Debug, Args)]
pub struct Watching {
    /// Tell a webhook when a wave ends, a gate waits, the run halts and ends; where its address is: `env:NAME`,
    /// `file:PATH`, `keyring:NAME`, or `none`
    #[arg(long, value_name = "REF")]
    pub notify: Option<String>,
    /// What the webhook takes
    #[arg(long, value_name = "SHAPE", value_parser = shapes())]
    pub notify_as: Option<Shape>,
    /// Keep the run's metrics in this file, for node_exporter's textfile collector
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,
}

fn shapes() -> impl TypedValueParser<Value = Shape> {
    PossibleValuesParser::new(Shape::ALL.iter().map(|shape| shape.word()))
        .try_map(|word| word.parse::<Shape>())
}

impl Watching {
    /// Finds everybody who is to hear of a run, so that nothing of it is missing when it begins.
    pub fn wanted(&self, settings: &Rollout) -> Result<HeardBy, Problem> {
        let webhook = self.told(settings.notify.as_ref())?.map(webhook).transpose()?;
        if let Some(path) = &self.metrics_file {
            store::write_public(path, |out| out.write_all(NOT_YET))
                .map_err(|error| Problem::usage(error.to_string()))?;
        }
        let tracing = Tracing::read(&Surroundings::environment).unwrap_or_else(|why| {
            output::say(false, &format!("warning: the run is not traced: {why}"));
            None
        });
        Ok(HeardBy { webhook, metrics: self.metrics_file.clone(), tracing })
    }

    /// The webhook of the settings, unless another one was typed, or none.
    fn told(&self, settings: Option<&Notify>) -> Result<Option<Notify>, Problem> {
        let mut notify = match (self.notify.as_deref(), settings) {
            (Some("none"), _) | (None, None) => None,
            (None, Some(settings)) => Some(settings.clone()),
            (Some(typed), settings) => {
                let url = reference(typed)?;
                Some(settings.map_or_else(
                    || Notify::at(url.clone()),
                    |known| Notify { url: url.clone(), ..known.clone() },
                ))
            }
        };
        match (&mut notify, self.notify_as) {
            (Some(notify), Some(shape)) => notify.shape = shape,
            (None, Some(_)) => {
                return Err(Problem::usage("--notify-as says what a webhook takes, and none is told")
                    .hint("name one with --notify REF"));
            }
            _ => {}
        }
        Ok(notify)
    }
}

/// What was typed may be the address itself, which is a secret, so it is not shown.
fn reference(typed: &str) -> Result<SecretReference, Problem> {
    SecretReference::typed(typed).ok_or_else(|| {
        Problem::usage("--notify says where the webhook's address is, never the address itself")
            .hint("write `env:NAME`, `file:PATH`, `keyring:NAME`, or `none`")
    })
}

fn webhook(notify: Notify) -> Result<Webhook, Problem> {
    let environment = &Surroundings::environment;
    let wrong = |what: String| Problem::usage(format!("the webhook's address {}: {what}", notify.url));
    let secret = store::resolve(&notify.url, environment).map_err(wrong)?;
    let address =
        Address::parse(secret.reveal(), Plain::Loopback).map_err(|what| wrong(format!("it {what}")))?;
    let authority = notify.ca_file.as_deref();
    let client = client("the webhook", address, authority, POST_LIMIT, environment)?;
    Ok(Webhook { client, shape: notify.shape, occasions: notify.events })
}

/// Everybody who hears of a run.
pub struct HeardBy {
    webhook: Option<Webhook>,
    metrics: Option<PathBuf>,
    tracing: Option<Tracing>,
}

impl HeardBy {
    /// Sets them to watch a run, of which `events` are known already.
    pub fn set(self, run: &Run, plan: &Plan, events: &[Event]) -> Watchers {
        let about = || About::new(&run.name, plan, VERSION);
        let warning = || Warning::new(|what: &str| output::say(false, what));
        let mut watchers: Vec<Box<dyn Watcher>> = Vec::new();
        if let Some(webhook) = self.webhook {
            watchers.push(Box::new(Notifier::new(about(), plan, webhook, warning())));
        }
        if let Some(path) = self.metrics {
            match Metrics::new(&about(), plan, path, warning()) {
                Ok(metrics) => watchers.push(Box::new(metrics)),
                Err(error) => output::say(false, &format!("warning: there are no metrics: {error}")),
            }
        }
        if let Some(tracing) = self.tracing {
            match traces(about(), plan, tracing, &run.folder.traceparent()) {
                Ok(traces) => watchers.push(Box::new(traces)),
                Err(why) => output::say(false, &format!("warning: the run is not traced: {why}")),
            }
        }
        watchers.iter_mut().for_each(|watcher| events.iter().for_each(|event| watcher.remember(event)));
        Watchers::new(watchers, Box::new(Surroundings::now))
    }
}

/// The traces of a run, whose last span is kept at this place.
fn traces(about: About, plan: &Plan, tracing: Tracing, place: &Path) -> Result<Traces, String> {
    let earlier = store::read_text(place).ok();
    let place = place.to_owned();
    let keep = move |span: &str| {
        if let Err(error) = store::write_whole(&place, |out| writeln!(out, "{span}")) {
            output::say(
                false,
                &format!("warning: a resumed run will not point to this one's trace: {error}"),
            );
        }
    };
    let warning = Warning::new(|what: &str| output::say(false, what));
    Traces::new(about, plan, tracing, earlier.as_deref(), Box::new(keep), warning)
}
