//! Which kinds of findings are there?

use crate::ci::CheckRule;
use crate::model::FindingLevel::{self, Error, Note, Warning};

/// A mistake in the settings file.
pub const SETTINGS: &str = "settings_mistake";
/// A mistake in the inventory.
pub const INVENTORY: &str = "inventory_mistake";
/// A release that nobody gets.
pub const UNUSED_RELEASE: &str = "unused_release";
/// A window that no host keeps to.
pub const UNUSED_WINDOW: &str = "unused_window";
/// An inventory, or a limit, without hosts.
pub const NO_HOSTS: &str = crate::planner::NO_HOSTS;
/// A file that more accounts may read or write than should.
pub const OPEN_PERMISSIONS: &str = "open_permissions";

const fn rule(id: &'static str, level: FindingLevel, about: &'static str) -> CheckRule {
    CheckRule { id, level, about }
}

/// All of them: mistakes, what is probably not meant, and what a plan would find.
pub const RULES: &[CheckRule] = &[
    rule(SETTINGS, Error, "The settings cannot be used as they are."),
    rule(INVENTORY, Error, "The inventory cannot be used as it is, or not with these settings."),
    rule(UNUSED_RELEASE, Warning, "No host gets the release."),
    rule(UNUSED_WINDOW, Warning, "No host keeps to the window."),
    rule(NO_HOSTS, Warning, "The inventory has no hosts, or the limit leaves none."),
    rule("empty_group", Warning, "The group has no hosts."),
    rule("old_spelling", Warning, "The variable has a newer name."),
    rule("plain_secret", Warning, "A variable of your own looks like a secret in plain text."),
    rule("host_keys_accepted", Warning, "Host keys that are not known yet are trusted at first sight."),
    rule(OPEN_PERMISSIONS, Warning, "More accounts may read or write the file than should."),
    rule(
        "vendor_rate_exceeded",
        Warning,
        "The rate is above the vendor's; a rollout asks for --exceed-vendor-rate.",
    ),
    rule("at_once_limits_rate", Warning, "Too few visits go on at once for the rate."),
    rule("window_too_short", Warning, "A window closes before the turn of all its hosts comes."),
    rule("installer_expiry_unknown", Warning, "When the release's installers expire is not written down."),
    rule("installer_expired", Error, "The release's installers have expired."),
    rule(
        "installer_expires_too_soon",
        Error,
        "The release's installers expire before its last host is done.",
    ),
    rule("appliance_full", Error, "The site cannot hold so many clients."),
    rule("appliance_size_unknown", Note, "How many clients the site can hold is not written down."),
    rule("marker_shared", Warning, "Several hosts have one marker file on a share."),
];
