//! Does a run go by its rules, whatever happens? The policy alone, on hosts that are made up.

#[path = "policy/budgets.rs"]
mod budgets;
#[path = "policy/gates.rs"]
mod gates;
#[path = "policy/laws.rs"]
mod laws;
#[path = "policy/paces.rs"]
mod paces;
#[path = "policy/persons.rs"]
mod persons;
#[path = "policy/retries.rs"]
mod retries;
#[path = "policy/scene.rs"]
mod scene;
#[path = "policy/windows.rs"]
mod windows;
