//! What was seen on a host?

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;

words! {
    /// The kind of trace that shows a Jump Client.
    Rule, "a duplicate rule" {
        /// The directory it would be installed in, or a vendor's default one, exists.
        InstallDirectory = "install_directory",
        /// A process of the vendor's name runs.
        Process = "process",
        /// A systemd unit, init script, Windows service or launch daemon is registered.
        Service = "service",
        /// An uninstall entry of our site is in the Windows registry.
        Registry = "registry",
        /// The marker file is there.
        MarkerFile = "marker_file",
        /// A client of the other product generation left any of these traces.
        OtherGeneration = "other_generation",
        /// The site has a record of it that is neither lost nor uninstalled, and nothing of a client was seen.
        Site = "site",
    }
}

/// One trace of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// What kind it is.
    pub rule: Rule,
    /// The path, process or unit that was seen; keys in it are masked when shown.
    pub evidence: String,
}

/// One look at a host; only a look that came to its end is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Facts by name, such as `os` = `Linux`.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Traces, in the order of the rules.
    #[serde(default)]
    pub traces: Vec<Trace>,
}

impl Observation {
    /// A fact, if it was reported.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }
}
