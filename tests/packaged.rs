//! Are the packages what the tools they are for can use? Each is read or run by another program.

mod batch;
#[path = "packaged/examples.rs"]
mod examples;
#[path = "packaged/golden.rs"]
mod golden;
#[path = "packaged/lint.rs"]
mod lint;
#[path = "packaged/options.rs"]
mod options;
#[path = "packaged/profiles.rs"]
mod profiles;
#[path = "packaged/scene.rs"]
mod scene;
#[path = "packaged/staged.rs"]
mod staged;
