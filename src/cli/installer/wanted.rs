//! What is the site asked for? Names are looked up, and what this site does not take is told before anything is made.

use std::collections::BTreeMap;

use super::create::{CreateArgs, Way, words};
use crate::appliance::{Account, ApiError, Edition, Named, NewInstaller, Owner, User};
use crate::cli::appliance::{number, problem};
use crate::cli::{Problem, Surroundings, output};

/// What the installers shall be, by the site's own numbers.
pub fn wanted(account: &Account, edition: &Edition, args: &CreateArgs) -> Result<NewInstaller, Problem> {
    let minutes = args.valid.as_secs() / 60;
    let list = |found: Result<Vec<Named>, ApiError>| found.map_err(|error| problem(&error));
    let policy =
        |code: &Option<String>, what: &str, all: &dyn Fn() -> Result<Vec<Named>, ApiError>| match code {
            Some(code) => number(code, what, &list(all())?).map(Some),
            None => Ok(None),
        };
    if let Some(name) = &args.jumpoint_proxy {
        jumpoint(account, name)?;
    }
    let allowed =
        words().into_iter().filter(|word| args.allow_override.iter().any(|allowed| allowed == word));
    let overrides: BTreeMap<String, bool> =
        allowed.map(|word| (format!("allow_override_{word}"), true)).collect();
    let (jump_group_id, jump_group_type) = match (&args.group, &args.personal) {
        (Some(code), _) => (number(code, "Jump Group", &list(account.jump_groups())?)?, None),
        (None, name) => (user(account, name.as_deref().unwrap_or_default())?, Some(Owner::Personal)),
    };
    let wanted = NewInstaller {
        jump_group_id,
        jump_group_type,
        connection_type: args.connection_type.map(|way| match way {
            Way::Active => "active",
            Way::Passive => "passive",
        }),
        elevate_install: args.elevate_install,
        elevate_prompt: args.elevate_prompt,
        name: args.client_name.clone(),
        jump_policy_id: policy(&args.jump_policy, "Jump Policy", &|| account.jump_policies())?,
        session_policy_id: policy(&args.session_policy, "session policy", &|| account.session_policies())?,
        tag: args.tag.clone(),
        comments: args.comments.clone(),
        valid_duration: u32::try_from(minutes).unwrap_or(u32::MAX),
        max_offline_minutes: args.max_offline_minutes,
        jumpoint_proxy: args.jumpoint_proxy.clone(),
        overrides,
    };
    taken(edition, &wanted)?;
    Ok(wanted)
}

/// Refuses what this version of the site does not know: it would answer that with 401, and name nothing.
fn taken(edition: &Edition, wanted: &NewInstaller) -> Result<(), Problem> {
    let value = serde_json::to_value(wanted).unwrap_or_default();
    let fields = value.as_object().into_iter().flat_map(|fields| fields.keys());
    let unknown: Vec<String> =
        fields.filter(|field| !edition.takes(field)).map(|field| format!("`{field}`")).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let what = format!("a site of API {} does not know {} of installers", edition.text(), unknown.join(", "));
    Err(Problem::usage(what).hint("leave these options away, or upgrade the appliance"))
}

/// Says which options the site takes and does nothing with.
pub fn passed_over(around: &Surroundings, edition: &Edition, args: &CreateArgs) {
    let is_given = args.elevate_install.is_some() || args.elevate_prompt.is_some();
    if is_given && edition.is_since(1, 12) {
        let version = edition.text();
        output::say(
            around.global.quiet,
            &format!("warning: a site of API {version} passes over `elevate_install` and `elevate_prompt`"),
        );
    }
}

fn jumpoint(account: &Account, name: &str) -> Result<(), Problem> {
    let points = account.jumpoints().map_err(|error| problem(&error))?;
    let why = match points.iter().find(|point| point.name == name) {
        Some(point) if point.connected && point.jzp_enabled => return Ok(()),
        Some(_) => "is not online, or clients may not go through it",
        None => "is not there",
    };
    Err(Problem::usage(format!("the Jumpoint `{name}` {why}"))
        .hint("name one that is online and has Jump Zone Proxy enabled"))
}

/// The number of the user of this name.
fn user(account: &Account, name: &str) -> Result<u32, Problem> {
    let is_it = |user: &User| user.username.to_lowercase() == name.to_lowercase();
    let found: Vec<User> =
        account.users(name).map_err(|error| problem(&error))?.into_iter().filter(is_it).collect();
    match &found[..] {
        [user] => Ok(user.id),
        [] => Err(Problem::usage(format!("the site has no user `{name}`"))
            .hint("write the name that the user logs in with")),
        several => {
            let shown = several.iter().map(|user| format!("{} ({})", user.id, user.public_display_name));
            let shown: Vec<String> = shown.collect();
            Err(Problem::usage(format!("the site has several users `{name}`: {}", shown.join(", ")))
                .hint("they come from several security providers: make this installer on the site itself"))
        }
    }
}
