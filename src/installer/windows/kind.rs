//! What do both installers for Windows answer alike, and what has each for itself?

use crate::model::{
    Class, Generation, Invocation, KeySource, Note, Observation, Parameter, Platform, Script, Shape, Trace,
};

use super::super::platform::{End, Installer, NO_KEY_ARGUMENT, marked_otherwise, refused_parameters};
use super::codes;

/// One of the two installers.
pub(in super::super) struct Kind {
    pub(in super::super) platform: Platform,
    /// The overrides that it takes of each generation.
    pub(in super::super) accepts: fn(Generation) -> &'static [Parameter],
    /// Why there is none of a generation, and what to write instead.
    pub(in super::super) absent: fn(Generation) -> Option<&'static str>,
    /// Whether it takes the key as an argument.
    pub(in super::super) takes_key: bool,
    pub(in super::super) command: fn(&Shape) -> Script,
    /// The vendor's removal, as people read it.
    pub(in super::super) removal: fn(&Shape) -> Script,
    /// What it is called when it ends well and did nothing.
    pub(in super::super) nothing_there: Class,
    /// Its own log in the staging folder.
    pub(in super::super) log: Option<&'static str>,
}

impl Installer for Kind {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn accepts(&self, generation: Generation) -> &'static [Parameter] {
        (self.accepts)(generation)
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        super::MARKER_FILE
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        if let Some(why) = (self.absent)(shape.generation()) {
            return vec![why.to_owned()];
        }
        let mut refusals = refused_parameters(self, shape);
        refusals.extend(super::refusals(shape));
        if shape.key == KeySource::Argument && !self.takes_key {
            refusals.push(NO_KEY_ARGUMENT.to_owned());
        }
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        super::invocation(shape, (self.command)(shape), (self.removal)(shape))
    }

    fn unfit(&self, _shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        super::unfit(seen)
    }

    fn missing(&self, _shape: &Shape, seen: &Observation) -> Vec<String> {
        super::missing(seen)
    }

    fn own(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Vec<Trace> {
        super::own(install_dir, seen)
    }

    fn duplicate(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
        super::duplicate(install_dir, seen)
    }

    fn left_over(&self, seen: &Observation) -> Option<String> {
        super::left_over(seen)
    }

    fn notes(&self, status: Option<i32>, seen: &Observation) -> Vec<Note> {
        super::notes(status, seen)
    }

    fn same_place(&self, one: &str, other: &str) -> bool {
        super::same_place(one, other)
    }

    fn spared(
        &self,
        shape: &Shape,
        install_dir: Option<&str>,
        site: &str,
        undoes: Option<&str>,
        seen: &Observation,
    ) -> Option<String> {
        marked_otherwise(self, shape, install_dir, site, undoes, seen).or_else(|| super::spared(seen))
    }

    fn may_restart(&self) -> bool {
        true
    }

    fn ended(&self, status: i32) -> End {
        super::ended(status)
    }

    fn meaning(&self, status: i32) -> Option<String> {
        codes::meaning(status)
    }

    fn nothing_there(&self) -> Class {
        self.nothing_there
    }

    fn log(&self) -> Option<&'static str> {
        self.log
    }

    fn explain(&self, status: i32, output: &str) -> Class {
        super::explain(status, output)
    }
}
