//! Is the site asked as its vendor wants it, and is what it answers understood? Against a stand-in that goes by the
//! vendor's own specification.

#[path = "appliance/asked.rs"]
mod asked;
#[path = "appliance/check.rs"]
mod check;
#[path = "appliance/clients.rs"]
mod clients;
#[path = "appliance/installers.rs"]
mod installers;
#[path = "appliance/keyring.rs"]
mod keyring;
#[path = "appliance/lists.rs"]
mod lists;
#[path = "appliance/plans.rs"]
mod plans;
#[path = "appliance/printed.rs"]
mod printed;
#[path = "appliance/proxied.rs"]
mod proxied;
#[path = "appliance/scene.rs"]
mod scene;
#[path = "appliance/sessions.rs"]
mod sessions;
#[path = "appliance/stand_in.rs"]
mod stand_in;
#[path = "appliance/together.rs"]
mod together;
