//! What does Jamf Pro need to install the client on Macs?

use super::kit::{Kit, kits};
use super::made::{File, Kind, Made, Request};
use super::posix;
use super::profiles::NO_MACS;
use crate::model::{Platform, counted};

/// The run that marker files name.
const RUN: &str = "jamf";

/// One script for each kind of Macs, and what remains to be clicked.
pub(super) const KIND: Kind = Kind { word: "jamf", about: "a script for Jamf Pro", longest_run: None, make };

fn make(request: &Request<'_>) -> Result<Made, String> {
    let kits = kits(request.plan, |treatment| treatment.shape.platform == Platform::MacosDmg);
    if kits.is_empty() {
        return Err(NO_MACS.to_owned());
    }
    let mut made = Made::default();
    for kit in &kits {
        let script = request.templates.fill("jamf/jump-client.sh", &posix::parts(request, kit, RUN)?)?;
        made.files.push(File::new(format!("{}.sh", kit.name), script));
    }
    let macs: usize = kits.iter().map(|kit| kit.hosts.len()).sum();
    let values = [
        ("site", request.plan.appliance.site.clone()),
        ("count", counted(macs, "Mac")),
        ("kits", kits.iter().map(section).collect()),
    ];
    made.files.push(File::new("README.md", request.templates.fill("jamf/README.md", &values)?));
    Ok(made)
}

fn section(kit: &Kit<'_>) -> String {
    format!(
        "* `{}.sh` with the disk image `{}` of release `{}`: {}\n",
        kit.name,
        kit.file_pattern(),
        kit.treatment.release,
        kit.told()
    )
}
