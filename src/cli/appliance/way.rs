//! How does a command come to the site's API? By the settings, or by the names that the vendor's own tools use.

use std::sync::Arc;
use std::time::Duration;

use crate::appliance::{Account, ApiError, Credentials, Named};
use crate::cli::client::client;
use crate::cli::settings::{Api, Settings};
use crate::cli::{Problem, Surroundings, output};
use crate::model::{Mistake, Secret, SecretReference};
use crate::store;
use crate::ui::Screen;
use crate::web::{Address, Client, Plain};

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The environment variables of the vendor's Terraform provider and of `btapi`.
const HOST: &str = "BT_API_HOST";
const ID: &str = "BT_CLIENT_ID";
const SECRET: &str = "BT_CLIENT_SECRET";

/// The API account of the settings, or of the environment where they name none.
pub fn account(settings: &Settings) -> Result<Account, Problem> {
    let api = &settings.api;
    let credentials = Credentials {
        id: credential(api.client_id.as_ref(), ID, "client_id")?,
        secret: credential(api.client_secret.as_ref(), SECRET, "client_secret")?,
    };
    let account = Account::new(reach(settings, &host(settings)?)?, credentials).kept();
    Ok(account.telling(Arc::new(|wait| output::say(false, wait))))
}

/// The same account, of whose waits a run's screen tells, unless quiet was asked for.
pub fn telling(account: Account, screen: &Arc<Screen>, quiet: bool) -> Account {
    let screen = screen.clone();
    account.telling(Arc::new(move |wait| {
        if !quiet {
            screen.say(wait);
        }
    }))
}

/// Whether the settings or the environment name an API account.
pub fn has_account(settings: &Settings) -> bool {
    settings.api.client_id.is_some() || Surroundings::environment(ID).is_some_and(|id| !id.is_empty())
}

/// What a failed request means for the command: the site is away, or something about the account is wrong.
pub fn problem(error: &ApiError) -> Problem {
    let problem = match error {
        ApiError::Unreachable { .. } | ApiError::Busy { .. } | ApiError::Spent { .. } => {
            Problem::away(error.to_string())
        }
        ApiError::NoToken { .. } | ApiError::Invalid { .. } => Problem::usage(error.to_string()),
        _ => Problem::tool(error),
    };
    match error.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The number behind a code name; what people see on the site is another name, and is told so.
pub fn number(code: &str, what: &str, all: &[Named]) -> Result<u32, Problem> {
    if let Some(found) = all.iter().find(|one| one.code_name == code) {
        return Ok(found.id);
    }
    let problem = Problem::usage(format!("the site has no {what} with the code name `{code}`"));
    let same = all.iter().find(|one| one.name.eq_ignore_ascii_case(code) && !one.code_name.is_empty());
    let codes = || all.iter().map(|one| one.code_name.as_str()).filter(|code| !code.is_empty());
    Err(match (same, Mistake::nearest(code, codes())) {
        (Some(same), _) => problem.hint(format!("its code name is `{}`", same.code_name)),
        (None, Some(near)) => problem.hint(format!("did you mean `{near}`?")),
        (None, None) => problem.hint(format!("it has: {}", codes().collect::<Vec<_>>().join(", "))),
    })
}

/// Where the API answers: what the settings say of it, or the site.
fn host(settings: &Settings) -> Result<String, Problem> {
    let site = &settings.appliance.site;
    if let Some(host) = &settings.api.host {
        return Ok(host.clone());
    }
    match Surroundings::environment(HOST).filter(|host| !host.is_empty()) {
        Some(host) if !host.eq_ignore_ascii_case(site) => {
            Err(Problem::usage(format!("{HOST} is `{host}`, and the settings are for the site `{site}`"))
                .hint(
                    "unset it, or write `api_host` below `appliance` if the API of this site answers there",
                ))
        }
        _ => Ok(site.clone()),
    }
}

fn credential(named: Option<&SecretReference>, variable: &str, key: &str) -> Result<Secret, Problem> {
    let from = SecretReference::Env(variable.to_owned());
    let reference = named.unwrap_or(&from);
    store::resolve(reference, &Surroundings::environment).map_err(|what| {
        let problem = Problem::usage(format!("the API account's `{key}`: {what}"));
        match named {
            Some(_) => problem,
            None => problem.hint(format!(
                "write `appliance: {{{key}: {{env: NAME}}}}` or `{{file: PATH}}` in the settings, or set {variable}"
            )),
        }
    })
}

fn reach(settings: &Settings, host: &str) -> Result<Client, Problem> {
    let Api { ca_file, proxy, .. } = &settings.api;
    let text = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let address = Address::parse(&text, Plain::Loopback).map_err(|what| {
        Problem::usage(format!("`api_host` {what}")).hint("write `pra.example.org` or `pra.example.org:8443`")
    })?;
    let environment = |name: &str| match proxy {
        Some(proxy) if name.eq_ignore_ascii_case("https_proxy") => Some(proxy.clone()),
        Some(_) => None,
        None => Surroundings::environment(name),
    };
    client("the site", address, ca_file.as_deref(), LIMIT, &environment)
}
