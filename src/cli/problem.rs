//! How is an error shown, and which exit code does it mean?

use std::fmt;
use std::io::Write;

use super::exit;
use crate::model::{Mistake, Mistakes, counted, visible};
use crate::store::StoreError;
use crate::ui::{Meaning, Paint};

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Problem {
    /// What a person wrote is wrong.
    Mistakes(Mistakes),
    /// What was typed makes no sense here.
    Usage(Told),
    /// The plan no longer fits the world, or nobody approved it.
    Stale(Told),
    /// jumpfleet could not do its work.
    Tool(Told),
    /// The site cannot be reached, or has no time.
    Away(Told),
}

/// A sentence and what to do about it.
#[derive(Debug)]
pub struct Told {
    what: String,
    hint: Option<String>,
}

impl Problem {
    /// A usage error.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::Usage(Told { what: what.into(), hint: None })
    }

    /// A stale plan, or one that nobody approved.
    pub fn stale(what: impl Into<String>) -> Self {
        Self::Stale(Told { what: what.into(), hint: None })
    }

    /// A site that cannot be reached, or has no time.
    pub fn away(what: impl Into<String>) -> Self {
        Self::Away(Told { what: what.into(), hint: None })
    }

    /// A failure of jumpfleet.
    pub fn tool(what: impl fmt::Display) -> Self {
        Self::Tool(Told { what: what.to_string(), hint: None })
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Usage(told) | Self::Stale(told) | Self::Tool(told) | Self::Away(told) = &mut self {
            told.hint = Some(hint.into());
        }
        self
    }

    /// The exit code it means.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Mistakes(_) | Self::Usage(_) => exit::INPUT,
            Self::Stale(_) => exit::STALE,
            Self::Tool(_) => exit::TOOL,
            Self::Away(_) => exit::UNREACHABLE,
        }
    }

    /// Says it on standard error.
    pub fn show(&self, paint: Paint) {
        let mut out = std::io::stderr().lock();
        // Nobody is left to be told when this cannot be written.
        let _ = self.write(paint, &mut out);
    }

    fn write(&self, paint: Paint, out: &mut dyn Write) -> std::io::Result<()> {
        let error = paint.paint(Some(Meaning::Bad), "error:");
        match self {
            Self::Mistakes(mistakes) => {
                for mistake in &mistakes.0 {
                    writeln!(out, "{error} {mistake}\n")?;
                }
                writeln!(out, "{} in all", counted(mistakes.0.len(), "mistake"))
            }
            Self::Usage(told) | Self::Stale(told) | Self::Tool(told) | Self::Away(told) => {
                writeln!(out, "{error} {}", visible(&told.what))?;
                match &told.hint {
                    Some(hint) => writeln!(out, "  = {}", visible(hint)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl From<Mistakes> for Problem {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Self::Mistakes(mistake.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = match &error {
            StoreError::NoRun { .. } | StoreError::NoRuns { .. } | StoreError::ManyRuns { .. } => {
                Self::usage(error.to_string())
            }
            _ => Self::tool(&error),
        };
        match error.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}
