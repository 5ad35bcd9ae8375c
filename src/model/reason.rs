//! How do the reasons begin for which hosts are not started? Whoever stops a run says them, reports go by them.

/// A person stopped the run; every other stop is a halt.
pub const INTERRUPTED: &str = "interrupted";

/// The run ended its starts itself, or a person ended them for good.
pub const HALTED: &str = "halted: ";

/// The host's maintenance window closed.
pub const WINDOW: &str = "window ";

/// The host's installer had expired meanwhile.
pub const EXPIRED: &str = "the installers of ";

/// How the reason begins because of which an upgrade of the appliance ends a run.
pub const UPGRADED: &str = "the appliance was upgraded";

/// Why no installer is started any more on an appliance that was upgraded.
pub fn upgraded(from: &str, to: &str) -> String {
    format!("{UPGRADED} from {from} to {to}, which ends all installers that were made before")
}
