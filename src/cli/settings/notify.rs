//! Which webhook is told of runs, and when?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::check::{Kind, may, must};
use super::{RawReference, reference};
use crate::model::SecretReference;
use crate::watch::{Occasion, Shape};

/// The webhook that is told of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Notify {
    /// Where its address is, which is a secret.
    pub url: SecretReference,
    /// What it takes.
    pub shape: Shape,
    /// When it is told.
    pub events: BTreeSet<Occasion>,
    /// A PEM file with the certificates of those who vouch for it, instead of the system's.
    pub ca_file: Option<PathBuf>,
}

impl Notify {
    /// The webhook behind this reference, told of everything in JSON.
    pub fn at(url: SecretReference) -> Self {
        Self { url, shape: Shape::Json, events: Occasion::ALL.iter().copied().collect(), ca_file: None }
    }
}

pub(super) const NOTIFY: Kind = Kind::Fields(&[
    must("url", "where the address of a webhook is that is told of runs", Kind::Reference),
    may("shape", "what it takes", Kind::Word(shapes)),
    may("events", "when it is told", Kind::List(&Kind::Word(occasions))),
    may("ca_file", "whose certificates are believed instead", Kind::Text),
]);

fn shapes() -> Vec<&'static str> {
    Shape::ALL.iter().map(|shape| shape.word()).collect()
}

fn occasions() -> Vec<&'static str> {
    Occasion::ALL.iter().map(|occasion| occasion.word()).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNotify {
    url: RawReference,
    shape: Option<Shape>,
    events: Option<BTreeSet<Occasion>>,
    ca_file: Option<String>,
}

/// What was written, with files beside the settings.
pub(super) fn notify(raw: RawNotify, folder: &Path) -> Option<Notify> {
    let plain = Notify::at(reference(raw.url, folder)?);
    Some(Notify {
        shape: raw.shape.unwrap_or(plain.shape),
        events: raw.events.unwrap_or(plain.events),
        ca_file: raw.ca_file.map(|file| folder.join(file)),
        url: plain.url,
    })
}
