//! Does a journal become the right report, in every format, at every size?

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "report/compare.rs"]
mod compare;
#[path = "report/fleet.rs"]
mod fleet;
#[path = "report/golden.rs"]
mod golden;
#[path = "report/properties.rs"]
mod properties;
#[path = "report/sessions.rs"]
mod sessions;
#[path = "report/sizes.rs"]
mod sizes;
#[path = "report/verdicts.rs"]
mod verdicts;
#[path = "report/xmllint.rs"]
mod xmllint;
