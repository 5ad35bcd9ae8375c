//! Does any text, however odd, make a parser stumble, hang, swell or print what it should not?

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "parsers/answers.rs"]
mod answers;
#[path = "parsers/errors.rs"]
mod errors;
#[path = "parsers/growth.rs"]
mod growth;
#[path = "parsers/ini.rs"]
mod ini;
#[path = "parsers/inventory.rs"]
mod inventory;
#[path = "parsers/journal.rs"]
mod journal;
#[path = "parsers/json.rs"]
mod json;
#[path = "parsers/known_hosts.rs"]
mod known_hosts;
#[path = "parsers/patterns.rs"]
mod patterns;
#[path = "parsers/plan.rs"]
mod plan;
#[path = "parsers/ranges.rs"]
mod ranges;
#[path = "parsers/settings.rs"]
mod settings;
#[path = "parsers/ssh_arguments.rs"]
mod ssh_arguments;
#[path = "parsers/templates.rs"]
mod templates;
#[path = "parsers/trial.rs"]
mod trial;
#[path = "parsers/words.rs"]
mod words;
