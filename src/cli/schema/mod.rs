//! What do the files look like that programs read and write? JSON Schemas, draft 2020-12.

mod inventory;
mod types;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Problem, exit, output, settings};

/// The dialect of all of them.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// `jumpfleet schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// What it describes
    #[arg(value_enum)]
    pub name: Name,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// The settings, `jumpfleet.yaml`
    Settings,
    /// An inventory of groups and hosts in YAML
    Inventory,
    /// A file of `group_vars` or `host_vars`
    Variables,
    /// A saved plan
    Plan,
    /// A line of a journal, or of what `--json` prints
    Events,
    /// What `report --format json` prints
    Report,
    /// What `lint --format json` prints
    Lint,
}

impl Name {
    /// The word for it, which is its file's name too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Inventory => "inventory",
            Self::Variables => "variables",
            Self::Plan => "plan",
            Self::Events => "events",
            Self::Report => "report",
            Self::Lint => "lint",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings of jumpfleet",
            Self::Inventory => "Inventory in Ansible's YAML form, with the variables of jumpfleet",
            Self::Variables => "Variables of a group or host, with those of jumpfleet",
            Self::Plan => "Plan of jumpfleet",
            Self::Events => "Event of jumpfleet, a line of a journal or stream",
            Self::Report => "Report of jumpfleet",
            Self::Lint => "Findings of jumpfleet in an inventory and settings",
        }
    }

    /// The schema with its head.
    fn schema(self) -> Value {
        let mut schema = match self {
            Self::Settings => settings::schema(),
            Self::Inventory => inventory::inventory(),
            Self::Variables => inventory::group_or_host_variables(),
            Self::Plan => types::plan(),
            Self::Events => types::event(),
            Self::Report => types::report(),
            Self::Lint => types::lint(),
        };
        schema["$schema"] = DIALECT.into();
        schema["$id"] = format!("urn:jumpfleet:schema:{}", self.word()).into();
        schema["title"] = json!(self.title());
        schema
    }

    /// The schema's text, as it lies in `schemas/`.
    pub fn text(self) -> String {
        format!("{:#}\n", self.schema())
    }
}

/// `jumpfleet schema`
pub fn run(args: &SchemaArgs) -> Result<u8, Problem> {
    output::print(|out| out.write_all(args.name.text().as_bytes()))?;
    Ok(exit::GOOD)
}
