//! How does a release become whole? Each installer file that is missing is fetched, and digested at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;

use super::kept::{Kept, Said, Secrets};
use super::{create, fetch};
use crate::appliance::{Account, ApiError, Edition, Installer};
use crate::cli::appliance::{account, problem};
use crate::cli::init::Chosen;
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::model::reason::upgraded;
use crate::model::{Parameter, Platform, Product, SecretReference, key_in_name, shown_path};
use crate::store;

/// `jumpfleet installer download`
#[derive(Debug, Args)]
pub struct DownloadArgs {
    /// The release's name
    pub name: String,
    /// For which platforms; all that the site has if none is named
    #[arg(long, value_enum, value_name = "PLATFORM", value_delimiter = ',')]
    pub platform: Vec<Chosen>,
}

/// `jumpfleet installer download`
pub fn run(around: &Surroundings, args: &DownloadArgs) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let kept = Kept::of(&settings, &args.name)?;
    let id = kept.id()?;
    let account = account(&settings)?;
    let failed = |error: ApiError| problem(&error);
    let edition = Edition::detect(&account).map_err(failed)?;
    let mut platforms = create::platforms(&args.platform, &edition)?;
    // What the release has already stays in it.
    if let Some(release) = settings.releases.get(&args.name) {
        let there: Vec<_> = release.files.keys().filter(|there| !platforms.contains(there)).collect();
        platforms.extend(there);
    }
    let installer = account.installer(id).map_err(|error| match error.is_missing() {
        true => Problem::usage(format!("the site has no installer {id} any more"))
            .hint("it was deleted or has expired: make a new one with `jumpfleet installer create`"),
        false => problem(&error),
    })?;
    let version = version(&account, &kept)?;
    let site = Site { settings: &settings, account: &account, edition: &edition, version: &version };
    let path = whole(around, &site, &kept, &installer, &platforms)?;
    output::print(|out| writeln!(out, "{}", path.display()))?;
    Ok(exit::GOOD)
}

/// Where installers come from.
pub struct Site<'s> {
    /// The settings.
    pub settings: &'s Settings,
    /// The account that it is asked by.
    pub account: &'s Account,
    /// What its API can do.
    pub edition: &'s Edition,
    /// The version of its software that the installers are of.
    pub version: &'s str,
}

/// Downloads what is missing and makes a release of it.
pub fn whole(
    around: &Surroundings,
    site: &Site<'_>,
    kept: &Kept,
    installer: &Installer,
    platforms: &[Platform],
) -> Result<PathBuf, Problem> {
    let Site { settings, account, edition, version } = *site;
    let secrets = kept.secrets()?;
    let mut by_word: BTreeMap<&str, String> = BTreeMap::new();
    for platform in platforms {
        let Some(word) = edition.word_of(*platform) else { continue };
        if !by_word.contains_key(word) {
            let name = fetch::fetch(account, kept, &secrets.code(), word)?;
            output::say(around.global.quiet, &format!("{word}: {}", shown_path(name.as_ref())));
            by_word.insert(word, name);
        }
    }
    let product = product(by_word.values())?;
    let mut files = BTreeMap::new();
    let mut needs_key = BTreeSet::new();
    for platform in platforms {
        let Some((word, name)) = edition.word_of(*platform).and_then(|word| by_word.get_key_value(word))
        else {
            continue;
        };
        let digest = store::digest(&kept.file(word, name))?.sha256;
        if key_in_name(name).is_none() {
            needs_key.insert(*word);
        }
        files.insert(*platform, (format!("{word}/{}", starred(name)), digest));
    }
    let key = key(kept, &secrets, &needs_key)?;
    let known: BTreeSet<&str> = Parameter::ALL.iter().map(|parameter| parameter.permission()).collect();
    kept.tell(&Said {
        site: &settings.appliance.site,
        id: installer.id,
        at: Surroundings::now(),
        product,
        // The version of its API tells too little of that of its installers.
        version: Some(version).filter(|version| !version.starts_with("API ")),
        expires: installer.expiration_timestamp,
        overrides: installer.overrides().filter(|word| known.contains(word)).map(str::to_owned).collect(),
        files,
        key,
    })
}

/// The version that the installers are of, which the appliance must have still: an upgrade has ended them, and what is
/// downloaded of them would fail on every host.
fn version(account: &Account, kept: &Kept) -> Result<String, Problem> {
    let failed = |error: ApiError| problem(&error);
    let Some(made) = kept.version()? else { return account.software().map_err(failed) };
    let now = account.software_like(&made).map_err(failed)?;
    if now == made {
        return Ok(made);
    }
    Err(Problem::usage(upgraded(&made, &now)).hint("make new ones with `jumpfleet installer create`"))
}

/// The vendor's name for the client, by the names of its files.
fn product<'n>(names: impl Iterator<Item = &'n String>) -> Result<Product, Problem> {
    let of = |name: &String| Product::ALL.iter().copied().find(|product| name.starts_with(product.word()));
    let products: BTreeSet<Option<Product>> = names.map(of).collect();
    match products.into_iter().collect::<Vec<_>>()[..] {
        [Some(product)] => Ok(product),
        [] => Err(Problem::usage("no installer was downloaded").hint("name one with --platform")),
        _ => Err(Problem::tool("the names of the files do not tell which product they are")
            .hint("make a release for each of them with --platform")),
    }
}

/// Keeps the key where an installer has none in its name, and tells where it is.
fn key(kept: &Kept, secrets: &Secrets, words: &BTreeSet<&str>) -> Result<Option<SecretReference>, Problem> {
    let mut keys = words.iter().map(|word| secrets.key(word).ok_or(*word));
    let Some(first) = keys.next() else { return Ok(None) };
    let none = |word: &str| {
        Problem::tool(format!("the site told no key for {word}"))
            .hint("download the other platforms alone, with --platform")
    };
    let first = first.map_err(none)?;
    for key in keys {
        if key.map_err(none)? != first {
            return Err(Problem::tool("the site told a key of its own for each platform")
                .hint("make a release for each of them with --platform"));
        }
    }
    kept.keep_key(&first).map(Some)
}

/// A file's name with a star for its key, as settings have it.
fn starred(name: &str) -> String {
    key_in_name(name).map_or_else(|| name.to_owned(), |key| name.replace(key, "*"))
}
