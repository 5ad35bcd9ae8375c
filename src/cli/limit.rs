//! Where is the start limit of an appliance, which all who start installers against it share?

use std::path::PathBuf;

use crate::model::{Plan, Rate};
use crate::store::{self, Permits};

use super::settings::Rollout;
use super::{Problem, Surroundings, output};

/// The appliance's start limit; it does not move with --state-dir, for everybody on this machine shares it.
pub fn permits(around: &Surroundings, plan: &Plan, settings: &Rollout) -> Result<Permits, Problem> {
    let folder = permits_folder(around, &plan.appliance.site, settings)?;
    let shared = Rate::VENDOR_LIMIT.interval().min(plan.rate.interval());
    Ok(Permits::open(&folder, &plan.appliance.site, plan.rate.interval(), shared)?)
}

/// The settings' folder, `JUMPFLEET_PERMITS_DIR`, or the machine's; without these, the person's own.
fn permits_folder(around: &Surroundings, site: &str, settings: &Rollout) -> Result<PathBuf, Problem> {
    let named = Surroundings::environment("JUMPFLEET_PERMITS_DIR").filter(|folder| !folder.is_empty());
    if let Some(folder) = settings.permits_directory.clone().or(named.map(PathBuf::from)) {
        return Ok(folder);
    }
    match store::machine_folder(site) {
        Ok(folder) => Ok(folder),
        Err(error) => {
            let own = around.own_state()?.join("permits");
            let told = format!(
                "warning: {error}; the start limit is kept in `{}`, where other accounts do not see it",
                own.display()
            );
            output::say(false, &told);
            Ok(own)
        }
    }
}
