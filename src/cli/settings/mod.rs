//! What do the settings say: which appliance, which releases, how to roll out?

mod api;
mod check;
mod kept;
mod notify;
mod reading;
mod rules;
mod schema;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::inventory;
use crate::model::{
    Appliance, Mistake, Mistakes, Origin, Platform, Product, Rate, Release, SecretReference, Window,
};
use crate::planner::{self, Wanted};
pub use api::Api;
pub use notify::Notify;
pub use reading::Reading;
pub use schema::schema;
use table::{CLOUD_CLIENTS_PER_LICENCE, MODELS, SETTINGS};

/// The name of the settings file that is looked for.
pub const FILE_NAME: &str = "jumpfleet.yaml";

/// The settings, read and checked.
#[derive(Debug)]
pub struct Settings {
    /// The file's path as it is shown.
    pub path: PathBuf,
    /// The file's text, for its digest.
    pub text: String,
    /// The site.
    pub appliance: Appliance,
    /// How its API is asked.
    pub api: Api,
    /// The releases by name.
    pub releases: BTreeMap<String, Release>,
    /// The digests that installer files must have, where they are written down.
    pub digests: BTreeMap<(String, Platform), String>,
    /// The releases that are kept in folders of their own.
    pub kept: Vec<Kept>,
    /// How to roll out.
    pub rollout: Rollout,
    /// How inventories are read.
    pub reading: Reading,
}

/// A release that is kept in a folder of its own, as it was read.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// The file that says what it is.
    pub path: PathBuf,
    /// What the file says.
    pub text: String,
}

/// The defaults of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The release of hosts that name none.
    pub release: Option<String>,
    /// The most starts per time; the vendor's limit unless something slower is wanted.
    pub rate: Rate,
    /// How many visits go on at once.
    pub at_once: u32,
    /// How long one install is expected to take.
    pub expected_install: Duration,
    /// How long an installer may run; none means what the platform takes as its own.
    pub install_deadline: Option<Duration>,
    /// How long connecting and logging in may take.
    pub connect_deadline: Duration,
    /// How long a host that an installer may restart is waited for.
    pub restart_deadline: Duration,
    /// Where the start limits of appliances are kept; none means a folder of this machine.
    pub permits_directory: Option<PathBuf>,
    /// How careful a run shall be.
    pub wanted: Wanted,
    /// The variable over whose values waves are spread.
    pub spread_by: Option<String>,
    /// When the hosts of a group may be started.
    pub windows: BTreeMap<String, Arc<Window>>,
    /// Who is told of a run.
    pub notify: Option<Notify>,
}

/// Windows that installs updates while it restarts takes minutes, rarely more than a quarter of an hour.
const RESTART: Duration = Duration::from_secs(15 * 60);

/// Visits at once when the settings do not say: 60 starts a minute of half a minute each, and room to prepare.
const AT_ONCE: u32 = 48;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSettings {
    appliance: RawAppliance,
    releases: BTreeMap<String, RawRelease>,
    #[serde(default)]
    rollout: RawRollout,
    notify: Option<notify::RawNotify>,
    /// [`reading`] reads it from the tree.
    #[serde(default, rename = "inventory")]
    _inventory: serde::de::IgnoredAny,
}

/// Unknown keys were found before: serde cannot refuse them beside a flattened part.
#[derive(Deserialize)]
struct RawAppliance {
    site: String,
    model: Option<String>,
    licences: Option<u64>,
    max_clients: Option<u64>,
    #[serde(default)]
    clients: u64,
    #[serde(flatten)]
    api: api::RawApi,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    product: Product,
    version: Option<String>,
    expires: Option<Timestamp>,
    key: Option<RawReference>,
    #[serde(default)]
    overrides: BTreeSet<String>,
    files: BTreeMap<Platform, String>,
    #[serde(default)]
    sha256: BTreeMap<Platform, String>,
}

/// The same mapping inventories and plans use; serde_yaml would want a YAML tag for an enum.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReference {
    env: Option<String>,
    file: Option<String>,
    keyring: Option<String>,
}

/// What [`rules`] does not read from the tree.
#[derive(Deserialize, Default)]
struct RawRollout {
    release: Option<String>,
    rate: Option<Rate>,
    at_once: Option<u32>,
    expected_install: Option<SignedDuration>,
    install_deadline: Option<SignedDuration>,
    connect_deadline: Option<SignedDuration>,
    restart_deadline: Option<SignedDuration>,
    permits_directory: Option<PathBuf>,
    spread_by: Option<String>,
}

/// Reads settings; all mistakes at once, each with its place.
pub fn parse(path: &Path, text: String) -> Result<Settings, Mistakes> {
    parse_with(path, text, Vec::new())
}

/// The same with the releases that are kept beside them.
pub fn parse_with(path: &Path, text: String, kept: Vec<Kept>) -> Result<Settings, Mistakes> {
    let shown = path.display().to_string();
    let tree = inventory::tree(&shown, &text)?;
    let mut mistakes = check::check(&tree, &SETTINGS);
    mistakes.0.extend(contradictions(&tree, &kept).0);
    let found = kept::read(&kept, &mut mistakes);
    rules::contradictions(&tree, &mut mistakes);
    mistakes.none_or(())?;
    let raw: RawSettings = read(&text).map_err(|error| Mistake::general(format!("{shown}: {error}")))?;
    // What a plan says of files must hold wherever it is carried out.
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.parent().unwrap_or(Path::new("")).to_owned();
    let (appliance, api) = appliance(raw.appliance, &folder);
    let written = raw.releases.into_iter().map(|(name, raw)| (name, raw, folder.clone()));
    let (mut releases, mut digests) = (BTreeMap::new(), BTreeMap::new());
    for (name, raw, folder) in written.chain(found) {
        digests
            .extend(raw.sha256.iter().map(|(platform, digest)| ((name.clone(), *platform), digest.clone())));
        releases.insert(name.clone(), release(name, raw, &folder));
    }
    let settings = Settings {
        path: path.to_owned(),
        appliance,
        api,
        releases,
        digests,
        kept,
        rollout: Rollout {
            notify: raw.notify.and_then(|raw| notify::notify(raw, &folder)),
            ..rollout(raw.rollout, tree.root.get("rollout"), &folder)
        },
        reading: reading::reading(tree.root.get("inventory"), &folder),
        text: String::new(),
    };
    Ok(Settings { text, ..settings })
}

/// Mistakes that no single value has: what is written here does not fit what is written there.
fn contradictions(tree: &inventory::Tree, kept: &[Kept]) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let mut wrong = |origin, what: String, hint: &str| mistakes.add(tree.mistake(origin, what).hint(hint));
    let at = |path: &[&str]| tree.root.find(path.iter().copied());
    if let Some(site) = at(&["appliance", "site"])
        && site.text().is_some_and(|text| !planner::is_site(&text.to_ascii_lowercase()))
    {
        let hint = "write the host name alone, such as `pra.example.org`: no `https://`, port, path or dot at its end";
        wrong(site.origin(), "`site` is not a bare host name".to_owned(), hint);
    }
    let releases = at(&["releases"]).map(inventory::Node::entries).unwrap_or_default();
    if let Some(default) = at(&["rollout", "release"])
        && let Some(name) =
            default.text().filter(|name| releases.iter().all(|release| *release.key != **name))
        && kept.iter().all(|kept| kept.name != name)
    {
        let kept = kept.iter().map(|kept| kept.name.as_str());
        let names: Vec<_> = releases.iter().map(|release| release.key.as_ref()).chain(kept).collect();
        let hint = format!("the releases are: {}", names.join(", "));
        wrong(default.origin(), format!("there is no release `{name}`"), &hint);
    }
    if let Some(model) = at(&["appliance", "model"]) {
        if model.text() == Some("cloud") && at(&["appliance", "licences"]).is_none() {
            wrong(
                model.origin(),
                "a cloud site's size needs its licences".to_owned(),
                "add `licences: NUMBER`",
            );
        }
        if let Some(clients) = at(&["appliance", "max_clients"]) {
            let what = "`model` and `max_clients` both say the appliance's size".to_owned();
            wrong(clients.origin(), what, "keep one of them");
        }
    }
    for release in releases {
        if let Some(kept) = kept.iter().find(|kept| *kept.name == *release.key) {
            let what = format!("release `{}` is kept in `{}` too", kept.name, kept.path.display());
            wrong(release.origin(), what, "give one of them another name");
        }
    }
    let files = releases.iter().filter_map(|release| release.node.get("files"));
    for file in files.flat_map(inventory::Node::entries) {
        if let Some(Err(what)) = file.node.text().map(pattern) {
            wrong(file.node.origin(), what, "write `*` once, in the file's name, for the key");
        }
    }
    mistakes
}

impl Settings {
    /// A mistake at the installer file of a release and platform.
    pub fn file_mistake(
        &self,
        release: &str,
        platform: Platform,
        what: String,
        hint: Option<&str>,
    ) -> Mistake {
        let mistake = self.mistake_at(&["releases", release, "files", platform.word()], what);
        match hint {
            Some(hint) => mistake.hint(hint),
            None => mistake,
        }
    }

    /// A mistake at what stands behind these keys.
    pub fn mistake_at(&self, keys: &[&str], what: String) -> Mistake {
        if let ["releases", name, rest @ ..] = keys
            && let Some(kept) = self.kept.iter().find(|kept| kept.name == *name)
        {
            return kept.mistake_at(rest, what);
        }
        self.mistake(what, |root| Some(root.find(keys.iter().copied())?.origin()))
    }

    /// A mistake at the last of these keys itself.
    pub fn mistake_at_key(&self, keys: &[&str], what: String) -> Mistake {
        self.mistake(what, |root| {
            let (last, before) = keys.split_last()?;
            let entries = root.find(before.iter().copied())?.entries();
            Some(entries.iter().find(|entry| *entry.key == **last)?.origin())
        })
    }

    fn mistake(&self, what: String, place: impl Fn(&inventory::Node) -> Option<Origin>) -> Mistake {
        let shown = self.path.display().to_string();
        let tree = inventory::tree(&shown, &self.text).ok();
        let placed = tree.and_then(|tree| Some(tree.mistake(place(&tree.root)?, what.clone())));
        placed.unwrap_or_else(|| Mistake::general(what))
    }
}

/// What YAML says that was checked already.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

/// A star may stand for the key in the file's own name, nowhere else.
fn pattern(file: &str) -> Result<(), String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    if folder.contains('*') || name.matches('*').count() > 1 {
        return Err(format!("`{file}` has more to guess than the key"));
    }
    Ok(())
}

fn appliance(raw: RawAppliance, folder: &Path) -> (Appliance, Api) {
    let model = raw.model.as_deref().and_then(|model| match model {
        "cloud" => raw.licences.map(|licences| licences * CLOUD_CLIENTS_PER_LICENCE),
        model => MODELS.iter().find(|(name, _)| *name == model).map(|(_, ceiling)| *ceiling),
    });
    // Start limits are kept by site: one spelling of each.
    let site = raw.site.to_ascii_lowercase();
    let appliance = Appliance { site, ceiling: raw.max_clients.or(model), clients: raw.clients, told: None };
    (appliance, api::api(raw.api, folder))
}

/// Where a secret is, a file beside the settings.
fn reference(raw: RawReference, folder: &Path) -> Option<SecretReference> {
    match (raw.env, raw.file) {
        (Some(env), _) => Some(SecretReference::Env(env)),
        (None, Some(file)) => Some(SecretReference::File(folder.join(file).display().to_string())),
        (None, None) => raw.keyring.map(SecretReference::Keyring),
    }
}

fn release(name: String, raw: RawRelease, folder: &Path) -> Release {
    let beside = |file: String| folder.join(file).display().to_string();
    let key = raw.key.and_then(|key| reference(key, folder));
    Release {
        name,
        product: raw.product,
        version: raw.version,
        expires: raw.expires,
        key,
        overrides: raw.overrides,
        files: raw.files.into_iter().map(|(platform, file)| (platform, beside(file))).collect(),
    }
}

fn rollout(raw: RawRollout, node: Option<&inventory::Node>, folder: &Path) -> Rollout {
    let length = |length: Option<SignedDuration>| length.map(SignedDuration::unsigned_abs);
    Rollout {
        release: raw.release,
        rate: raw.rate.unwrap_or(Rate::VENDOR_LIMIT),
        at_once: raw.at_once.unwrap_or(AT_ONCE),
        expected_install: length(raw.expected_install).unwrap_or(Duration::from_secs(30)),
        install_deadline: length(raw.install_deadline),
        connect_deadline: length(raw.connect_deadline).unwrap_or(Duration::from_secs(30)),
        restart_deadline: length(raw.restart_deadline).unwrap_or(RESTART),
        permits_directory: raw.permits_directory.map(|permits| folder.join(permits)),
        wanted: rules::wanted(node),
        spread_by: raw.spread_by,
        windows: rules::windows(node),
        notify: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_site(site: &str) -> Result<Settings, Mistakes> {
        let text = format!("appliance:\n  site: {site}\nreleases: {{}}\n");
        parse(Path::new("jumpfleet.yaml"), text)
    }

    #[test]
    fn all_mistakes_are_said_at_once() {
        let text = "appliance: {site: 'https://x', model: cloud, modle: 1}\nreleases:\n  a: {product: bomgar, \
                    files: {linux_headless: 'x*/y*.bin'}}\nrollout: {release: b, at_once: 0}\n";
        let mistakes = parse(Path::new("jumpfleet.yaml"), text.to_owned()).unwrap_err().to_string();
        for said in
            ["modle", "bare host name", "licences", "product", "more to guess", "no release `b`", "at_once"]
        {
            assert!(mistakes.contains(said), "{said} is not in:\n{mistakes}");
        }
    }

    #[test]
    fn a_site_is_a_bare_host_name_in_one_spelling() {
        for site in ["pra.example.org", "PRA.Example.org", "localhost", "192.0.2.1", "a-b.c1"] {
            let read = with_site(site).unwrap().appliance.site;
            assert_eq!(read, site.to_ascii_lowercase());
        }
        for site in [
            "https://pra.example.org",
            "pra.example.org/",
            "'pra.example.org:443'",
            "pra.example.org.",
            "' pra.example.org'",
            "pra..org",
            "-a.org",
            "prä.example.org",
        ] {
            let mistakes = with_site(site).unwrap_err().to_string();
            assert!(mistakes.contains("jumpfleet.yaml:2:9: `site` is not a bare host name"), "{mistakes}");
        }
    }
}
