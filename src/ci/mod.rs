//! How are findings said to a CI system? Text in, text out; `plan`, `report` and `lint` all speak through here.
//!
//! Nothing here knows hosts, plans or runs. Whoever has something to say makes an [`Annotation`] (GitHub) or an
//! [`Issue`] (GitLab) of it, with a [`Spot`] that [`Sources`] finds in the repository.

mod github;
mod gitlab;
mod sarif;
mod sources;
pub mod spelled;
mod step;

pub use github::{Annotation, Level, MOST_OF_A_LEVEL, Token, annotations, outputs, quoted};
pub use gitlab::{Issue, Severity, code_quality, fingerprint, widget};
pub use sarif::{CheckResult, CheckRule, sarif};
pub use sources::{Sources, Spot};
pub use step::Step;
