//! Can the site be asked, and what may the API account do? Each permission, and who needs it.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::way;
use crate::appliance::{Account, ApiError, Edition, Info};
use crate::cli::args::Format;
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::ui::{Meaning, Paint};

/// A permission of an API account, by the names it has in different versions, the words for enough of it, and what it
/// is needed for.
struct Need {
    names: &'static [&'static str],
    enough: &'static [&'static str],
    needed_for: &'static str,
    sites: Sites,
}

/// Every permission that a command needs.
const NEEDS: &[Need] = &[
    Need {
        names: &["perm_configuration"],
        enough: &["true"],
        needed_for: "jumpfleet installer, clients, plan, rollout, uninstall and undo",
        sites: Sites::All,
    },
    Need {
        names: &["perm_command"],
        enough: &["full_access"],
        needed_for: "jumpfleet sessions terminate; read_only is enough to list, for removals, and for plan and rollout to notice upgrades",
        sites: Sites::All,
    },
    Need {
        names: &["perm_reporting_support", "perm_reporting_session"],
        enough: &["true"],
        needed_for: "jumpfleet sessions on this site",
        sites: Sites::Older,
    },
    Need {
        names: &["perm_reporting_duplicate_jump_client"],
        enough: &["true"],
        needed_for: "jumpfleet clients duplicates and prune --duplicates, by the site's own report; names are compared without it",
        sites: Sites::Newer,
    },
];

/// Which sites a permission is needed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sites {
    All,
    /// Those without Command API v2.
    Older,
    /// Those with it.
    Newer,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checked {
    /// The site.
    site: String,
    /// The host that was asked.
    host: String,
    /// The version of the Configuration API, or `unknown`.
    configuration_api: String,
    /// The Command API: `v1` or `v2`.
    command_api: &'static str,
    /// What the account is called, where the site tells.
    account: Option<String>,
    /// What commands need.
    permissions: Vec<Permission>,
}

/// A permission that commands need.
#[derive(Debug, Serialize, JsonSchema)]
struct Permission {
    /// What this site calls it.
    permission: &'static str,
    /// What the account has: `true`, `false`, a word, or none when nobody tells.
    has: Option<String>,
    /// Whether that is enough; none when nobody tells.
    is_enough: Option<bool>,
    /// The commands that need it.
    needed_for: &'static str,
}

/// `jumpfleet appliance check`
pub fn run(around: &Surroundings, format: Format) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let account = way::account(&settings)?;
    let checked = check(&account, &settings.appliance.site).map_err(|error| failed(&error))?;
    output::print(|out| match format {
        Format::Json => output::json(out, &checked),
        Format::Text => text(&checked, around.paint(&io::stdout()), out),
    })?;
    let lacks = checked.permissions.iter().any(|permission| permission.is_enough == Some(false));
    Ok(if lacks { exit::DRIFT } else { exit::GOOD })
}

fn failed(error: &ApiError) -> Problem {
    let problem = way::problem(error);
    if !matches!(error, ApiError::Refused { .. }) {
        return problem;
    }
    // There was no parameter, and nobody else tells more.
    problem.hint(
        "the account was disabled, or its allowed networks do not hold this machine (/login > Management > API \
         Configuration)",
    )
}

fn check(account: &Account, site: &str) -> Result<Checked, ApiError> {
    let edition = match Edition::detect(account) {
        Err(ApiError::Forbidden { .. }) => None,
        other => Some(other?),
    };
    let (info, is_refused) = match Info::find(account) {
        // The token is taken elsewhere, or nothing would have come so far.
        Err(ApiError::Refused { .. }) if edition.is_some() => (None, true),
        info => (info?, false),
    };
    let is_newer = info.is_some() || is_refused;
    let (own, may_configure) = match (&info, &edition) {
        (None, Some(_)) => match account.own_record() {
            Err(ApiError::Forbidden { .. }) => (None, false),
            // It is taken by the site, which does not tell what it may.
            Err(ApiError::Refused { .. } | ApiError::Missing { .. }) => (None, true),
            own => (own?, true),
        },
        _ => (None, edition.is_some()),
    };
    let name = own.as_ref().and_then(|own| own.get("name")?.as_str().map(str::to_owned));
    let mut has = own.or(info.as_ref().map(|info| info.permissions.clone()));
    if !may_configure {
        has.get_or_insert_default().insert("perm_configuration".to_owned(), Value::Bool(false));
    }
    if is_refused {
        has.get_or_insert_default().insert("perm_command".to_owned(), Value::from("refused with 401"));
    }
    let needs = NEEDS.iter().filter(|need| need.sites != if is_newer { Sites::Older } else { Sites::Newer });
    Ok(Checked {
        site: site.to_owned(),
        host: account.host().to_owned(),
        configuration_api: edition.map_or_else(|| "unknown".to_owned(), |edition| edition.text().to_owned()),
        command_api: if is_newer { "v2" } else { "v1" },
        account: name,
        permissions: needs.map(|need| need.judge(has.as_ref())).collect(),
    })
}

impl Need {
    fn judge(&self, has: Option<&Map<String, Value>>) -> Permission {
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let known = |name: &&&'static str| has.is_some_and(|has| has.contains_key(**name));
        let permission = self.names.iter().find(known).unwrap_or(&self.names[0]);
        let has = has.and_then(|has| has.get(*permission)).map(word);
        let is_enough = has.as_deref().map(|has| self.enough.contains(&has));
        Permission { permission, has, is_enough, needed_for: self.needed_for }
    }
}

fn text(checked: &Checked, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "site        {}, asked at {}", checked.site, checked.host)?;
    writeln!(
        out,
        "APIs        Configuration {}, Command {}",
        checked.configuration_api, checked.command_api
    )?;
    if let Some(account) = &checked.account {
        writeln!(out, "account     {account}")?;
    }
    for permission in &checked.permissions {
        let (word, meaning) = match permission.is_enough {
            Some(true) => ("has", Some(Meaning::Good)),
            Some(false) => ("LACKS", Some(Meaning::Bad)),
            None => ("unknown", Some(Meaning::Care)),
        };
        let word = paint.paint(meaning, &format!("{word:10}"));
        let has = permission.has.as_deref().unwrap_or("not told");
        writeln!(out, "{word}  {} ({has}): needed by {}", permission.permission, permission.needed_for)?;
    }
    Ok(())
}
