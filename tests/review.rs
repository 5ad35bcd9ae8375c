//! Does a reviewer see of a plan, of two plans and of a run what there is to see, in every CI system, and can
//! nothing that a host or an inventory says act there?

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "review/console.rs"]
mod console;
#[path = "review/corpus.rs"]
mod corpus;
#[path = "review/diff.rs"]
mod diff;
#[path = "review/examples.rs"]
mod examples;
#[path = "report/fleet.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod fleet;
#[path = "review/formats.rs"]
mod formats;
#[path = "review/github.rs"]
mod github;
#[path = "review/injection.rs"]
mod injection;
#[path = "review/scene.rs"]
mod scene;
