//! What may a template do with a value that nobody shall see? Hand it on whole, and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::Value as Data;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::Failure;

/// A value that is not known here: the variable that has it, and the keys and positions that lead to it inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The variable.
    pub variable: String,
    /// The way to the value; empty where the variable itself is the value.
    pub inside: Vec<String>,
}

/// What a template came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// A text.
    Text(String),
    /// A hidden value, whole.
    HandedOn(Hidden),
}

/// What stands for a hidden value inside the engine, and remembers what was done with it.
#[derive(Debug)]
pub(super) struct Sealed {
    hidden: Hidden,
    number: usize,
    asked: AtomicBool,
    changed: AtomicBool,
}

impl Sealed {
    pub(super) fn new(hidden: Hidden, number: usize) -> Self {
        Self { hidden, number, asked: AtomicBool::new(false), changed: AtomicBool::new(false) }
    }

    /// What a template prints for it; no inventory has such a text.
    pub(super) fn sign(&self) -> String {
        format!("\u{10fffd}{}\u{10fffd}", self.number)
    }

    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Object for Sealed {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// Filters and operators come this way, the printing of an expression does not.
    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changed.store(true, Ordering::Relaxed);
        out.write_str("‹vaulted›")
    }
}

/// Notes that a template got this value.
pub(super) fn note(value: &Data) {
    if let Some(sealed) = value.downcast_object_ref::<Sealed>() {
        sealed.asked.store(true, Ordering::Relaxed);
    }
}

/// A mapping in which something is hidden.
#[derive(Debug)]
pub(super) struct Entries(pub(super) BTreeMap<String, Data>);

impl Object for Entries {
    fn get_value(self: &Arc<Self>, key: &Data) -> Option<Data> {
        self.0.get(key.as_str()?).inspect(|value| note(value)).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|key| Data::from(&**key)).collect())
    }
}

/// A list in which something is hidden.
#[derive(Debug)]
pub(super) struct Items(pub(super) Vec<Data>);

impl Object for Items {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Data) -> Option<Data> {
        self.0.get(key.as_usize()?).inspect(|value| note(value)).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

/// What a template came to that got these hidden values.
pub(super) fn judge(text: Result<String, Failure>, got: &[Arc<Sealed>]) -> Result<Rendered, Failure> {
    let Some(first) = got.first() else { return text.map(Rendered::Text) };
    let alone = got.iter().all(|other| other.hidden == first.hidden);
    let whole = got.iter().all(|sealed| !sealed.changed.load(Ordering::Relaxed));
    let printed = text.is_ok_and(|text| got.iter().any(|sealed| text.trim() == sealed.sign()));
    if alone && whole && printed {
        return Ok(Rendered::HandedOn(first.hidden.clone()));
    }
    Err(Failure::new(format!(
        "the template does more with the vaulted `{}` than hand it on",
        first.hidden.variable
    ))
    .hint(format!("write `{{{{ {} }}}}` and nothing else", first.hidden.variable)))
}
