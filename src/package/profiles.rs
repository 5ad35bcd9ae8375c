//! Which profiles does a Mac's device management deliver before the client comes?

use super::made::{File, Kind, Made, Request};
use super::profile;
use crate::model::Platform;

/// What the client may see and control.
pub(super) const PRIVACY: Kind = Kind {
    word: "pppc",
    about: "the privacy profile of Macs (.mobileconfig)",
    longest_run: None,
    make: privacy,
};

/// That the client may run in the background.
pub(super) const LOGIN_ITEMS: Kind = Kind {
    word: "login-items",
    about: "the login items profile of Macs (.mobileconfig)",
    longest_run: None,
    make: login_items,
};

/// What all kinds say that are for Macs alone.
pub(super) const NO_MACS: &str = "no selected host is a Mac (`jc_platform: macos_dmg`)";

fn privacy(request: &Request<'_>) -> Result<Made, String> {
    one(request, "jump-client-privacy.mobileconfig", profile::privacy, "pppc/README.md")
}

fn login_items(request: &Request<'_>) -> Result<Made, String> {
    one(request, "jump-client-login-items.mobileconfig", profile::login_items, "login-items/README.md")
}

fn one(
    request: &Request<'_>,
    name: &str,
    profile: fn(&str) -> Result<String, String>,
    readme: &str,
) -> Result<Made, String> {
    let is_mac = |platform: Platform| platform == Platform::MacosDmg;
    if !request.plan.treatments.iter().any(|treatment| is_mac(treatment.shape.platform)) {
        return Err(NO_MACS.to_owned());
    }
    let site = &request.plan.appliance.site;
    let readme = request.templates.fill(readme, &[("site", site.clone()), ("file", name.to_owned())])?;
    let files = vec![File::new(name, profile(site)?), File::new("README.md", readme)];
    Ok(Made { files, ..Made::default() })
}
