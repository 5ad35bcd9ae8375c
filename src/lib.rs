//! jumpfleet: who gets a Jump Client, what each host will hear, and what became of it.
pub mod cli;
pub mod installer;
pub mod inventory;
pub mod model;
pub mod planner;
pub mod report;
pub mod rollout;
pub mod shell;
pub mod store;
pub mod template;
pub mod transport;
pub mod ui;
