//! Why can a template not be worked out?

use minijinja::Error;

use super::Scope;
use crate::model::Mistake;

/// Why a template could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong: a lower-case fragment with values in backticks.
    pub what: String,
    /// What to write instead, if it can be said.
    pub hint: Option<String>,
}

impl Failure {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A name that no variable has.
pub(super) fn unknown(name: &str, scope: &dyn Scope) -> Failure {
    let failure = Failure::new(format!("no variable is called `{name}` here"));
    if ["hostvars", "groups", "ansible_facts", "play_hosts"].contains(&name) {
        return failure.hint("only the host's own variables and those of its groups can be used");
    }
    let mut names = scope.names();
    names.sort_unstable();
    match Mistake::nearest(name, names.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!(
            "set `{name}` for the host or one of its groups, or write `{name} | default('…')`"
        )),
    }
}

/// A template that is none.
pub(super) fn syntax(error: &Error) -> Failure {
    Failure::new(format!("the template is not complete: {}", detail(error)))
        .hint("write `{{ name }}`; text with such signs that is no template is tagged `!unsafe`")
}

/// What the engine says.
pub(super) fn detail(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}
