//! What do the files look like that programs read and write? JSON Schemas, draft 2020-12.

mod inventory;
mod site;
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
    /// What `clients list --format json` prints
    ClientsList,
    /// What `clients duplicates --format json` prints
    ClientsDuplicates,
    /// What `clients drift --format json` prints
    ClientsDrift,
    /// What `clients prune --format json` prints
    ClientsPrune,
    /// What `clients set --format json` prints
    ClientsSet,
    /// What `sessions list --json` prints
    SessionsList,
    /// What `sessions terminate --json` prints
    SessionsTerminate,
    /// What `installer list --format json` prints
    InstallerList,
    /// What `installer show --format json` prints
    InstallerShow,
    /// What `appliance check --format json` prints
    ApplianceCheck,
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
            Self::ClientsList => "clients-list",
            Self::ClientsDuplicates => "clients-duplicates",
            Self::ClientsDrift => "clients-drift",
            Self::ClientsPrune => "clients-prune",
            Self::ClientsSet => "clients-set",
            Self::SessionsList => "sessions-list",
            Self::SessionsTerminate => "sessions-terminate",
            Self::InstallerList => "installer-list",
            Self::InstallerShow => "installer-show",
            Self::ApplianceCheck => "appliance-check",
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
            Self::ClientsList => "Clients of the site, as jumpfleet lists them",
            Self::ClientsDuplicates => {
                "Computers that are on the site more than once, as jumpfleet found them"
            }
            Self::ClientsDrift => "Differences between inventory and site, as jumpfleet found them",
            Self::ClientsPrune => "Records that jumpfleet deletes or deleted",
            Self::ClientsSet => "Clients that jumpfleet changes or changed",
            Self::SessionsList => "Sessions that are open, as jumpfleet lists them",
            Self::SessionsTerminate => "Sessions that jumpfleet ended",
            Self::InstallerList => "Installers of the site, as jumpfleet lists them",
            Self::InstallerShow => "Installer of the site, as jumpfleet shows it",
            Self::ApplianceCheck => "What jumpfleet may ask of the site",
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
            Self::ClientsList => site::clients_list(),
            Self::ClientsDuplicates => site::clients_duplicates(),
            Self::ClientsDrift => site::clients_drift(),
            Self::ClientsPrune => site::clients_prune(),
            Self::ClientsSet => site::clients_set(),
            Self::SessionsList => site::sessions_list(),
            Self::SessionsTerminate => site::sessions_terminate(),
            Self::InstallerList => site::installer_list(),
            Self::InstallerShow => site::installer_show(),
            Self::ApplianceCheck => site::appliance_check(),
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
