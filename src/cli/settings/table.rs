//! Which settings are there, and what is each for?

use std::collections::BTreeSet;

use super::check::{Kind, may, must};
use super::{notify, reading, rules};
use crate::model::{Parameter, Platform, Product};
use crate::planner;

const MOST_AT_ONCE: u64 = planner::MOST_AT_ONCE as u64;

const APPLIANCE: Kind = Kind::Fields(&[
    must(
        "site",
        "the start limit belongs to it, and Windows uninstall entries are told apart by it",
        Kind::Site,
    ),
    may(
        "model",
        "how many clients it can hold: 1,000, 10,000, 25,000, then 1,000, 10,000, 35,000, \
         50,000, 250,000; `cloud` holds 20 for each licence",
        Kind::Word(models),
    ),
    may("licences", "needed with `model: cloud`", Kind::Number(1, 1_000_000)),
    may("max_clients", "the size itself, instead of `model`", Kind::Number(1, 10_000_000)),
    may("clients", "how many clients the site has already", Kind::Number(0, 10_000_000)),
    may(
        "client_id",
        "the OAuth client id of an API account, for the commands that ask the site",
        Kind::Reference,
    ),
    may("client_secret", "its OAuth client secret", Kind::Reference),
    may("api_host", "where the site's API answers, if that is not the site", Kind::Text),
    may("ca_file", "whose certificates are believed instead of the system's", Kind::Text),
    may("proxy", "the proxy on the way to the API, instead of the environment's", Kind::Text),
    may(
        "connect_within",
        "how long an installed client is waited for on the site, with an API account; `none` waits for nobody",
        Kind::OrNone(&Kind::Length),
    ),
    may(
        "known_clients",
        "what becomes of a host of which the site has a record that is neither lost nor uninstalled: it is left \
         alone (`keep`), or gets its client nevertheless (`install`)",
        Kind::Word(known_clients),
    ),
]);

pub(super) const RELEASE: Kind = Kind::Fields(&[
    must(
        "product",
        "how the vendor's file names begin, and so which command line the installers understand",
        Kind::Word(products),
    ),
    may("version", "for people", Kind::Text),
    may(
        "expires",
        "when the installers stop working (*This Installer is Valid For*); refused if the \
         release's last host would be done later",
        Kind::Moment,
    ),
    may("key", "the string behind `KEY_INFO=`, for installers that take it as an argument", Kind::Reference),
    may(
        "overrides",
        "what is marked *Allow Override During Installation* on the site",
        Kind::List(&Kind::Word(permissions)),
    ),
    must(
        "files",
        "the installer files; one `*` in the file's name stands for the key",
        Kind::Keyed(platforms, &Kind::InstallerFile),
    ),
    may("sha256", "the digests that these files must have", Kind::Keyed(platforms, &Kind::Text)),
]);

const ROLLOUT: Kind = Kind::Fields(&[
    may("release", "hosts without `jc_release`", Kind::Text),
    may("rate", "the most installer starts, see the start limit", Kind::Rate),
    may("at_once", "how many hosts are visited at once; see open files", Kind::Number(1, MOST_AT_ONCE)),
    may("expected_install", "the estimate of how long a rollout takes", Kind::Length),
    may("install_deadline", "how long one installer may run before it is ended", Kind::Length),
    may("connect_deadline", "how long connecting and logging in may take, bastions included", Kind::Length),
    may(
        "restart_deadline",
        "how long a Windows host that was lost while its installer was at work, which may restart it, is waited for",
        Kind::Length,
    ),
    may(
        "permits_directory",
        "where the start limits of sites are kept; goes before `JUMPFLEET_PERMITS_DIR`, see \
         the start limit",
        Kind::Text,
    ),
    may("waves", "how many hosts each wave holds", rules::WAVES),
    may("spread_by", "over what a wave's hosts are spread", Kind::Text),
    may(
        "gates",
        "what opens the way behind each wave; the last one stands behind all further waves too",
        rules::GATES,
    ),
    may("soak", "how long `auto` gates wait, where they do not say it themselves", Kind::Length),
    may("ramp", "the ramp", rules::RAMP),
    may("budget", "when the run halts itself", rules::BUDGET),
    may("retries", "what is tried again", rules::RETRIES),
    may("adaptive", "whether the rate is halved while the appliance is overloaded", Kind::Switch),
    may("wait_for_offline", "how long hosts that cannot be reached are tried again", rules::WAIT),
    may(
        "clean_left_overs",
        "whether folders of a failed try that would pass for a client are removed from Windows hosts first",
        Kind::Switch,
    ),
    may("windows", "when hosts may be started", rules::WINDOWS),
    may(
        "seed",
        "makes the pauses between tries differ from those of another run",
        Kind::Number(0, i64::MAX as u64),
    ),
]);

/// Everything that may be written.
pub const SETTINGS: Kind = Kind::Fields(&[
    must("appliance", "the site that clients report to", APPLIANCE),
    must(
        "releases",
        "sets of installers by a name of yours, each made on the site with one key",
        Kind::Named(&RELEASE),
    ),
    may("rollout", "how hosts get them", ROLLOUT),
    may("notify", "who is told of runs", notify::NOTIFY),
    may("inventory", "how inventories are read", reading::INVENTORY),
]);

/// Client ceilings by model (Jump Client Guide, "B Series Appliance Comparison", and the newer sizing table).
pub const MODELS: [(&str, u64); 8] = [
    ("b200", 1_000),
    ("b300", 10_000),
    ("b400", 25_000),
    ("small", 1_000),
    ("medium", 10_000),
    ("large", 35_000),
    ("enterprise", 50_000),
    ("atlas", 250_000),
];

/// Clients per licence of a cloud site (Jump Client Guide, "B Series Appliance Comparison").
pub const CLOUD_CLIENTS_PER_LICENCE: u64 = 20;

fn models() -> Vec<&'static str> {
    MODELS.iter().map(|(name, _)| *name).chain(["cloud"]).collect()
}

fn known_clients() -> Vec<&'static str> {
    vec!["keep", "install"]
}

fn products() -> Vec<&'static str> {
    Product::ALL.iter().map(|product| product.word()).collect()
}

fn platforms() -> Vec<&'static str> {
    Platform::ALL.iter().map(|platform| platform.word()).collect()
}

fn permissions() -> Vec<&'static str> {
    let all: BTreeSet<_> = Parameter::ALL.iter().map(|parameter| parameter.permission()).collect();
    all.into_iter().collect()
}
