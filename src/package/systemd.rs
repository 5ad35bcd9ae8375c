//! What does the unit look like that starts a headless client?

use super::kit::{Kit, kits};
use super::made::{File, Kind, Made, Request};
use crate::installer;
use crate::shell;

/// The unit alone.
pub(super) const KIND: Kind =
    Kind { word: "systemd", about: "the systemd unit of headless clients, alone", longest_run: None, make };

/// The unit's file name, which a rollout gives it too.
const UNIT: &str = "jumpfleet-jump-client.service";

fn make(request: &Request<'_>) -> Result<Made, String> {
    let kits = kits(request.plan, |treatment| installer::unit_gaps(&treatment.shape).is_some());
    if kits.is_empty() {
        return Err(
            "no selected host has a client that our unit starts: those are headless ones of generation \
                    `bomgar` with `jc_boot: systemd`"
                .to_owned(),
        );
    }
    let alone = kits.len() == 1;
    let path = |kit: &Kit<'_>| if alone { UNIT.to_owned() } else { format!("{}/{UNIT}", kit.name) };
    let mut made = Made::default();
    for kit in &kits {
        let text = request.templates.fill(&format!("systemd/{UNIT}"), &gaps(kit)?)?;
        made.files.push(File::new(path(kit), text));
    }
    let sections = kits.iter().map(|kit| format!("* `{}`: {}\n", path(kit), kit.told()));
    let values = [("site", request.plan.appliance.site.clone()), ("kits", sections.collect())];
    made.files.push(File::new("README.md", request.templates.fill("systemd/README.md", &values)?));
    Ok(made)
}

/// What the unit of such hosts is filled with.
fn gaps(kit: &Kit<'_>) -> Result<Vec<(&'static str, String)>, String> {
    let gaps = installer::unit_gaps(&kit.treatment.shape).unwrap_or_default();
    let filled = gaps.iter().map(|(word, slot, quote)| {
        let value = kit.known(*slot, "").ok_or_else(|| format!("nothing fills `{slot}`"))?;
        Ok((*word, shell::quote(*quote, value)))
    });
    filled.collect()
}
