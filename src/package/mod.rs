//! What do the tools need that push software already? One file a kind, one registry.
//!
//! ```text
//!  Plan ── kits ──▶ hosts that can share files ──┐
//!                                                ├──▶ Made: files, and what the person should know
//!  templates, the built-in or the person's ──────┘
//! ```
//!
//! A package says what a visit would say: it renders the invocations of the plan and nothing else.

mod ansible;
mod cmd;
mod golden_image;
mod gpo;
mod intune;
mod jamf;
mod kit;
mod made;
mod pdq;
mod posix;
mod profile;
mod profiles;
mod sccm;
mod slots;
mod systemd;
mod templates;
mod windows;

pub use made::{File, Kind, Made, Request};
pub use slots::{IN_TIME, Slots, fallback};
pub use templates::{BUILT_IN, Templates};

/// Every kind of package, in the order in which documents list them.
pub static KINDS: &[Kind] = &[
    intune::KIND,
    sccm::KIND,
    gpo::KIND,
    pdq::KIND,
    jamf::KIND,
    profiles::PRIVACY,
    profiles::LOGIN_ITEMS,
    golden_image::KIND,
    systemd::KIND,
    ansible::KIND,
];

/// The words of all kinds.
pub fn kind_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.word)
}

/// The kind of this word.
pub fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.word == word)
}
