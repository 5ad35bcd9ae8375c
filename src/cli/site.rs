//! What does the site say to a plan? A handful of pages is read, and nothing is changed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::appliance::{Account, ApiError, Installer, Named, Owner};
use crate::model::reason::{EXPIRED, upgraded};
use crate::model::{Bystander, Finding, Parameter, Plan, Release, Standing, Task};
use crate::planner::{self, Heard, InstallersMade, Search};

use super::appliance::{account, has_account, problem};
use super::plan::left;
use super::settings::Settings;
use super::{Problem, Surroundings, inputs, installer};

/// A site that is asked about a plan in the making.
pub struct Site {
    account: Account,
    heard: Heard,
    findings: Vec<Finding>,
}

impl Site {
    /// Asks for what must be known before a plan is made; none where the settings name no API account.
    pub fn ask(settings: &Settings) -> Result<Option<Self>, Problem> {
        if !has_account(settings) {
            return Ok(None);
        }
        let account = account(settings)?;
        let heard = heard(settings, &account).map_err(away)?;
        Ok(Some(Self { account, heard, findings: Vec::new() }))
    }

    /// Gives the releases what the site really has.
    pub fn correct(&mut self, releases: &mut BTreeMap<String, Release>) {
        self.findings = planner::correct(releases, &self.heard.installers);
    }

    /// Asks for what the plan's hosts name, and for their records, which may be those of hosts that it leaves out; all of
    /// it is in the plan then.
    pub fn complete(mut self, plan: &mut Plan, left_out: &[Bystander]) -> Result<(), Problem> {
        self.names(plan).map_err(away)?;
        let mut search = Search::among(plan, left_out);
        self.account.clients(|client| search.take(&client)).map_err(away)?;
        (self.heard.clients, self.heard.records) = search.end();
        planner::hear(plan, self.heard, self.findings);
        Ok(())
    }

    fn names(&mut self, plan: &Plan) -> Result<(), ApiError> {
        if !plan.task.installs() {
            return Ok(());
        }
        for parameter in planner::coded(plan) {
            let named = match parameter {
                Parameter::JumpGroup => self.account.jump_groups()?,
                Parameter::JumpPolicy => self.account.jump_policies()?,
                _ => self.account.session_policies()?,
            };
            let named = named.into_iter().map(|Named { code_name, name, .. }| (code_name, name));
            self.heard.codes.insert(parameter, named.collect());
        }
        Ok(())
    }
}

fn heard(settings: &Settings, account: &Account) -> Result<Heard, ApiError> {
    let mut heard = Heard {
        at: Surroundings::now(),
        version: account.software()?,
        connect_within: settings.api.connect_within.map(|length| length.as_secs()),
        keeps_known: settings.api.keeps_known,
        ..Heard::default()
    };
    let made = installer::made_here(settings);
    if !made.is_empty() {
        let there = account.installers()?;
        let there: BTreeMap<u32, &Installer> = there.iter().map(|one| (one.id, one)).collect();
        heard.installers = made.into_iter().map(|(name, id)| (name, there.get(&id).map(of))).collect();
    }
    if heard.installers.values().flatten().any(|made| made.jumpoint.is_some()) {
        let points = account.jumpoints()?;
        heard.jumpoints =
            points.into_iter().map(|point| (point.name, point.connected && point.jzp_enabled)).collect();
    }
    Ok(heard)
}

fn of(installer: &&Installer) -> InstallersMade {
    let known = |word: &&str| Parameter::ALL.iter().any(|parameter| parameter.permission() == *word);
    InstallersMade {
        id: installer.id,
        expires: installer.expiration_timestamp,
        overrides: installer.overrides().filter(known).map(str::to_owned).collect(),
        personal: installer.jump_group_type == Owner::Personal,
        jumpoint: installer.jumpoint_proxy.clone().filter(|point| !point.is_empty()),
    }
}

/// Asks the site for the records of a removal's hosts, where there is an account and nobody wants it not asked.
pub fn hear_removal(plan: &mut Plan, offline: bool) -> Result<(), Problem> {
    if offline {
        return Ok(());
    }
    match Site::ask(&inputs::settings_at(Path::new(&plan.settings))?)? {
        Some(site) => site.complete(plan, &[]),
        None => Ok(()),
    }
}

/// The API account of a plan that was made with the site's word, or that removes clients, whose sessions the site
/// knows; none where there is none, or nobody wants it asked.
pub fn of_plan(plan: &Plan, offline: bool) -> Result<Option<Account>, Problem> {
    if offline || (plan.appliance.told.is_none() && plan.task == Task::Install) {
        return Ok(None);
    }
    let settings = inputs::settings_at(Path::new(&plan.settings))?;
    let is_there = plan.appliance.told.is_some() || has_account(&settings);
    is_there.then(|| account(&settings)).transpose()
}

/// Why the site is not any more what the plan took it for.
///
/// It is asked again only for releases that hosts are still to get.
pub fn moved(plan: &Plan, account: Option<&Account>, standings: &[Standing]) -> Result<Vec<String>, Problem> {
    let (Some(told), Some(account), true) = (&plan.appliance.told, account, plan.task.installs()) else {
        return Ok(Vec::new());
    };
    let now = account.software_like(&told.version).map_err(away)?;
    if now != told.version {
        return Ok(vec![upgraded(&told.version, &now)]);
    }
    let left = left(plan, standings);
    if !told.installers.keys().any(|release| left.contains(release.as_str())) {
        return Ok(Vec::new());
    }
    let there = account.expiries().map_err(away)?;
    let now = account.time().unwrap_or_else(Surroundings::now);
    let ended = planner::ended(told, &there, now).into_iter();
    let ended = ended.filter(|(release, _)| left.contains(release.as_str()));
    Ok(ended.map(|(release, why)| format!("{EXPIRED}`{release}` {why}")).collect())
}

fn away(error: ApiError) -> Problem {
    match error {
        ApiError::Unreachable { .. } | ApiError::Busy { .. } | ApiError::Spent { .. } => {
            problem(&error).hint("with --offline the site is not asked: nothing of it is checked then")
        }
        error => problem(&error),
    }
}
