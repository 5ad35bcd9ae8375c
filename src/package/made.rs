//! A package, what it is made from, and who makes it.

use super::templates::Templates;
use crate::model::Plan;

/// What a package is made from; reading files and the clock is over by now.
pub struct Request<'a> {
    /// The hosts, their releases, and what each kind of host hears.
    pub plan: &'a Plan,
    /// The texts that are filled.
    pub templates: &'a Templates,
    /// The seconds over which starts are spread, by the kinds that know start slots.
    pub over: Option<u32>,
}

/// One kind of package.
pub struct Kind {
    /// The word on the command line.
    pub word: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Minutes that its tool lets an installation take at most, of kinds that know start slots (`--over`).
    pub longest_run: Option<u32>,
    /// Makes it; the error says why there is nothing to be made, or what is wrong with a template.
    pub make: fn(&Request<'_>) -> Result<Made, String>,
}

/// One file of a package; whoever runs it gives it to its interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it belongs, below the package's folder.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl File {
    /// A file of this text.
    pub(super) fn new(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), text }
    }
}

/// A package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Its files.
    pub files: Vec<File>,
    /// What the person should know who makes it, each one sentence.
    pub warnings: Vec<String>,
}
