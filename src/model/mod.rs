//! Nouns every room agrees on; no verbs that reach outside.

mod access;
mod architecture;
mod blank;
mod bystander;
mod count;
mod event;
mod host;
mod invocation;
mod jump_client;
mod mistake;
mod moment;
mod observation;
mod order;
mod outcome;
mod plan;
mod rate;
pub mod reason;
mod release;
mod remark;
mod rules;
pub mod schema;
mod secret;
mod site;
mod standing;
mod value;
mod window;

pub use access::{Access, HostKeyPolicy, JumpHost};
pub use architecture::{Architecture, ELF_HEADER, alike};
pub(crate) use blank::or_default;
pub use bystander::{Bystander, Namesakes};
pub use count::counted;
pub use event::{Event, Happening, JOURNAL_FORMAT};
pub(crate) use host::words;
pub use host::{Boot, Host, OWN_NAME, Origins, Parameter, Platform};
pub use invocation::{Dialect, Invocation, Phase, Piece, Quote, Script, Shape, Slot, Step};
pub use jump_client::{Connection, JumpClient, Owner, Presence};
pub use mistake::{Mistake, Mistakes, Place, is_shown, readable, visible};
pub use moment::{Moment, certain};
pub use observation::{Observation, Rule, Trace};
pub use order::{Given, Order};
pub use outcome::{Class, Note, Outcome, OutcomeKind};
pub use plan::{
    Estimate, Finding, FindingLevel, Input, InputKind, InstallerFile, PLAN_FORMAT, Plan, PlannedHost,
    PlannedRelease, Task, Treatment,
};
pub use rate::Rate;
pub use release::{
    Appliance, Generation, KeySource, Product, Release, SHORTEST_KEY, key_in_name, shown_path,
};
pub use remark::Remark;
pub use rules::{Budget, Climb, Gate, GateKind, Portion, RETRYABLE, Retries, Rules};
pub use secret::{Mask, Secret, SecretReference, VaultReference, fingerprint, hex};
pub use site::{Known, Matched, RecordEnd, SessionEnd, Told};
pub use standing::Standing;
pub use value::{FileId, Origin, Value, Variables};
pub use window::{Occurrence, Window};
