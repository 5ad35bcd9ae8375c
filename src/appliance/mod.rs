//! What does the PRA site know? Its APIs, asked by one API account.
//!
//! ```text
//!  Credentials ──▶ Account ── Call ──▶ quota ──▶ token ──▶ web ──▶ Reply, or an ApiError that says what to do
//!                     │
//!                     ├─ common         the token, the quota and the site's clock, for all who ask as this account
//!                     ├─ pages          Link by Link, and whether that was all
//!                     ├─ piece          what an answer brings of a file
//!                     ├─ configuration  clients, installers, groups, policies, Jumpoints
//!                     ├─ clients        listed, changed and deleted, and which are twice there
//!                     ├─ sessions       which are open, and how they end
//!                     ├─ software       the version of the appliance's software
//!                     └─ edition        which version answers, and what it can
//! ```

mod account;
mod call;
mod clients;
mod clock;
mod common;
mod configuration;
mod console_script;
mod edition;
mod failure;
mod pages;
mod piece;
mod quota;
mod sessions;
mod software;
mod token;
mod xml;

pub use crate::model::Owner;
pub use account::{Account, Credentials, Tell};
pub use call::{Call, Reply};
pub use clients::{ClientChange, Duplicate, Duplicates, Filter};
pub use configuration::{Code, Installer, Jumpoint, KeyInfo, Named, NewInstaller, User};
pub use console_script::ConsoleScript;
pub use edition::{Edition, Info};
pub use failure::ApiError;
pub use piece::{Begun, Piece};
pub use sessions::{Ended, SESSION_WINDOW, Session, SessionWay};
