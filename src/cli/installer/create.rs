//! Which installers shall the site make? Groups and policies are named by their code names.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, ValueEnum};

use super::download;
use super::kept::{Kept, Secrets};
use super::wanted;
use crate::appliance::{ApiError, Edition};
use crate::cli::appliance::{account, problem};
use crate::cli::init::Chosen;
use crate::cli::{Problem, Surroundings, care, exit, inputs, output};
use crate::model::{Parameter, Platform};

/// The least and the most that installers may be valid, in minutes (Configuration API, `valid_duration`).
const VALID: std::ops::RangeInclusive<u64> = 10..=525_600;

/// `jumpfleet installer create`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("owner").required(true).args(["group", "personal"])))]
pub struct CreateArgs {
    /// What the release is called here; hosts name it with `jc_release`
    pub name: String,
    /// The code name of the Jump Group that its clients are put into
    #[arg(long, value_name = "CODE")]
    pub group: Option<String>,
    /// Instead of a group, the name of the user whose personal list they are put into, where nobody else sees them, nor the API
    #[arg(long, value_name = "USER")]
    pub personal: Option<String>,
    /// The code name of their Jump Policy
    #[arg(long, value_name = "CODE")]
    pub jump_policy: Option<String>,
    /// The code name of their session policy
    #[arg(long, value_name = "CODE")]
    pub session_policy: Option<String>,
    /// Their name; the computer's own if it is not given
    #[arg(long, value_name = "TEXT")]
    pub client_name: Option<String>,
    /// Their tag
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
    /// Their comments
    #[arg(long, value_name = "TEXT")]
    pub comments: Option<String>,
    /// How long the installers stay valid, from 10m to 365d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = valid)]
    pub valid: Duration,
    /// After how many minutes without a connection a client is deleted
    #[arg(long, value_name = "MINUTES")]
    pub max_offline_minutes: Option<u32>,
    /// The name of the Jumpoint whose proxy they go through
    #[arg(long, value_name = "NAME")]
    pub jumpoint_proxy: Option<String>,
    /// What hosts may set for themselves
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = permissions())]
    pub allow_override: Vec<String>,
    /// How the clients connect; sites in the cloud take active ones alone
    #[arg(long, value_enum, value_name = "HOW")]
    pub connection_type: Option<Way>,
    /// Whether the client becomes a service where that is possible; sites of API 1.12 and later pass over it
    #[arg(long, value_name = "true|false")]
    pub elevate_install: Option<bool>,
    /// Whether a person is asked for credentials for that; sites of API 1.12 and later pass over it
    #[arg(long, value_name = "true|false")]
    pub elevate_prompt: Option<bool>,
    /// Where the key and the code for downloads are kept, which the site tells only once
    #[arg(long, value_enum, value_name = "WHERE", default_value_t = Keeping::File)]
    pub keep_key: Keeping,
    /// For which platforms they are downloaded; all that the site has if none is named
    #[arg(long, value_enum, value_name = "PLATFORM", value_delimiter = ',')]
    pub platform: Vec<Chosen>,
}

/// Where secrets of an installer are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Keeping {
    /// In files that their owner alone may read.
    File,
    /// In the keyring of whoever runs jumpfleet.
    Keyring,
}

/// How clients connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// They keep a connection open.
    Active,
    /// They wait to be connected to.
    Passive,
}

/// A length of time, which may be in days.
fn valid(text: &str) -> Result<Duration, String> {
    let length = care::days(text)?;
    if VALID.contains(&(length.as_secs() / 60)) {
        return Ok(length);
    }
    Err("installers are valid for 10 minutes to 365 days: write a time such as 8h or 30d".to_owned())
}

/// The words of what may be overridden.
pub fn words() -> BTreeSet<&'static str> {
    Parameter::ALL.iter().map(|parameter| parameter.permission()).collect()
}

fn permissions() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(words())
}

/// `jumpfleet installer create`
pub fn run(around: &Surroundings, args: &CreateArgs) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let kept = Kept::of(&settings, &args.name)?;
    if args.name.chars().all(|sign| sign.is_ascii_digit()) {
        return Err(Problem::usage(format!("`{}` would be taken for an installer's number", args.name))
            .hint("give the release a name with a letter in it"));
    }
    if kept.is_there() || settings.releases.contains_key(&args.name) {
        return Err(taken(&kept, &args.name));
    }
    let keyring = (args.keep_key == Keeping::Keyring).then_some(&*settings.appliance.site);
    if let Some(site) = keyring {
        kept.try_keyring(site).map_err(|what| {
            Problem::usage(what).hint("nothing was made; without `--keep-key keyring` a file keeps the key")
        })?;
    }
    let account = account(&settings)?;
    let failed = |error: ApiError| problem(&error);
    let edition = Edition::detect(&account).map_err(failed)?;
    let platforms = platforms(&args.platform, &edition)?;
    let wanted = wanted::wanted(&account, &edition, args)?;
    wanted::passed_over(around, &edition, args);
    let version = account.software().map_err(failed)?;
    // Before the site makes anything: what it tells only once must find its place.
    kept.try_folder().map_err(|error| {
        Problem::tool(error)
            .hint("nothing was made; make the folder one that you can write to, then try again")
    })?;
    let (installer, keys) = account.create_installer(&wanted).map_err(|error| not_made(&error))?;
    keep(around, &kept, &Secrets::new(&installer, &keys, &version), keyring)?;
    output::say(
        around.global.quiet,
        &format!("installer {} made, valid until {}", installer.id, installer.expiration_timestamp),
    );
    let site =
        download::Site { settings: &settings, account: &account, edition: &edition, version: &version };
    let path = download::whole(around, &site, &kept, &installer, &platforms)?;
    output::print(|out| writeln!(out, "{}", path.display()))?;
    Ok(exit::GOOD)
}

/// Why a release of this name is not made.
fn taken(kept: &Kept, name: &str) -> Problem {
    let mut hint =
        "give this one another name; `jumpfleet installer download` completes one that broke off".to_owned();
    if kept.is_there() {
        hint.push_str(&format!(
            "; one whose installers have ended makes room when `{}` is removed",
            kept.path("").display()
        ));
    }
    Problem::usage(format!("there is a release `{name}` already")).hint(hint)
}

/// Keeps what the site does not tell again, before anything else can fail.
fn keep(around: &Surroundings, kept: &Kept, secrets: &Secrets, keyring: Option<&str>) -> Result<(), Problem> {
    match keyring.map(|site| kept.keep_in_keyring(secrets, site)) {
        Some(Ok(())) => return Ok(()),
        Some(Err(what)) => {
            output::say(around.global.quiet, &format!("warning: {what}: a file keeps the key instead"));
        }
        None => {}
    }
    let id = secrets.id;
    kept.keep(secrets).map_err(|error| {
        Problem::tool(format!("installer {id} was made, and its key is lost: {error}")).hint(format!(
            "delete it with `jumpfleet installer delete {id}`, and make another one: the site tells its key only once"
        ))
    })
}

/// Why no installer came; where it may have been made nevertheless, nobody should make a second one unseen.
fn not_made(error: &ApiError) -> Problem {
    let problem = problem(error);
    if !error.is_doubtful() {
        return problem;
    }
    problem.hint(
        "the site may have made it nevertheless: look with `jumpfleet installer list` for one that is not kept here, and \
         delete it by its number with `jumpfleet installer delete`, before you try again; its key is told only once",
    )
}

/// The platforms that are meant, of which the site has an installer.
pub fn platforms(chosen: &[Chosen], edition: &Edition) -> Result<Vec<Platform>, Problem> {
    let has = |platform: &Platform| edition.word_of(*platform).is_some();
    if chosen.is_empty() {
        return Ok(Platform::ALL.iter().copied().filter(has).collect());
    }
    let chosen: Vec<Platform> = chosen.iter().map(|chosen| chosen.platform()).collect();
    match chosen.iter().find(|platform| !has(platform)) {
        Some(lacking) => {
            let there = Platform::ALL.iter().filter(|platform| has(platform)).map(Platform::to_string);
            Err(Problem::usage(format!("a site of API {} has no installer for `{lacking}`", edition.text()))
                .hint(format!("it has: {}", there.collect::<Vec<_>>().join(", "))))
        }
        None => Ok(chosen),
    }
}
