//! What can be done to a trace? The words between [`super::spans`], which decides, and [`super::traces`], which does.

use std::sync::Arc;

use jiff::Timestamp;

/// A span that stays open for a while.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// The run, as this process carries it out.
    Run,
    /// A wave, counted from 0.
    Wave(u32),
    /// The visit to this host.
    Visit(Arc<str>),
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Names and values.
pub type Attributes = Vec<(&'static str, Value)>;

/// One change of the trace.
#[derive(Debug, Clone, PartialEq)]
pub enum Stroke {
    /// A span begins.
    Begin {
        /// Which.
        key: Key,
        /// The one that holds it.
        within: Option<Key>,
        /// Its name.
        name: &'static str,
        /// What is known of it.
        attributes: Attributes,
        /// When.
        at: Timestamp,
    },
    /// A whole span, within an open one.
    Whole {
        /// The one that holds it.
        within: Key,
        /// Its name.
        name: &'static str,
        /// What is known of it.
        attributes: Attributes,
        /// The class of its mishap, if it had one.
        error: Option<String>,
        /// When it began.
        from: Timestamp,
        /// When it ended.
        to: Timestamp,
    },
    /// Something happened in an open span.
    Note {
        /// In which.
        key: Key,
        /// What.
        name: &'static str,
        /// What is known of it.
        attributes: Attributes,
        /// When.
        at: Timestamp,
    },
    /// A span ends.
    End {
        /// Which.
        key: Key,
        /// What is known of it by now.
        attributes: Attributes,
        /// The class of its mishap, if it had one.
        error: Option<String>,
        /// When.
        at: Timestamp,
    },
}
