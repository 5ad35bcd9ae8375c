//! What did the site tell when a plan was made?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;
use super::{Finding, Presence};

/// What the site told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// The version of its software, such as `25.2.1`; `API 1.10` where the account may not ask for that.
    pub version: String,
    /// How many seconds an installed client is waited for on the site; none when nobody waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_within: Option<u64>,
    /// Whether a host is left alone of which the site has a record that is neither lost nor uninstalled.
    pub keeps_known: bool,
    /// The numbers of the site's installers by the releases that were made of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub installers: BTreeMap<String, u32>,
    /// The releases whose clients go to somebody's personal list, which the site does not show.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub personal: BTreeSet<String>,
    /// What of the plan does not fit what is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

words! {
    /// By what a record was found to be a host's, the surest first.
    Matched, "a kind of match" {
        /// Its whole name is the host's.
        WholeName = "whole_name",
        /// Its computer name and its private address are the host's.
        NameAndAddress = "name_and_address",
        /// Its computer name is the host's, and nothing contradicts.
        Name = "name",
        /// It tells only the first 15 characters of a name, which are the host's too.
        CutName = "cut_name",
        /// Its computer name is the host's, and its domain or its private address is another one.
        NameElsewhere = "name_elsewhere",
        /// Its private address is the host's, and its name is another one.
        Address = "address",
    }
}

impl Matched {
    /// Whether something may be done or left because of it.
    pub fn is_sure(self) -> bool {
        matches!(self, Self::WholeName | Self::NameAndAddress | Self::Name)
    }
}

words! {
    /// What became of a host's record on the site after its client was removed or another one was installed.
    RecordEnd, "an end of a record" {
        /// It was deleted.
        Deleted = "deleted",
        /// It had gone by itself.
        Gone = "gone",
        /// The site showed none: the client had no record, or one in a personal list.
        None = "none",
        /// It was left, for it is not surely the host's.
        Doubtful = "doubtful",
        /// It could not be deleted.
        Left = "left",
        /// It is that of the client before the one that was installed, and stays.
        Replaced = "replaced",
    }
}

words! {
    /// What became of a session that was open on a host whose client was to go.
    SessionEnd, "an end of a session" {
        /// The host was left because of it.
        Refused = "refused",
        /// The host was visited again later because of it.
        Awaited = "awaited",
        /// It was ended.
        Ended = "ended",
    }
}

/// A record that is a host's, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The record's number.
    pub client: u32,
    /// How it stands.
    pub state: Presence,
    /// By what it was found.
    pub matched: Matched,
    /// How the computer calls itself, where that is no name of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// Whether other hosts of the inventory might be meant as well.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ambiguous: bool,
    /// Whether the site has clients of several computers that are called as this host is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shares_name: bool,
    /// Other records that are as surely this host's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Known {
    /// Whether it is surely the host's.
    pub fn is_sure(&self) -> bool {
        self.matched.is_sure() && !self.ambiguous
    }

    /// Whether it says that the host has its client: lost and uninstalled ones do not.
    pub fn is_client(&self) -> bool {
        self.is_sure() && self.state.is_there()
    }
}

impl fmt::Display for Known {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.matched {
            Matched::WholeName => "its whole name",
            Matched::NameAndAddress => "its name and address",
            Matched::Name => "its name",
            Matched::CutName => "its name as Windows cuts it",
            Matched::NameElsewhere => "its name, in another domain or at another address",
            Matched::Address => "its address, under another name",
        };
        write!(out, "Jump Client {} of the site, {}, known by {by}", self.client, self.state)
    }
}
