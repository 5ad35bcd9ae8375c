//! How far has a host come?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::host::words;

words! {
    /// How far a host has come, which says what its next visit does first.
    Standing, "a standing" {
        /// Nothing was brought onto it.
        Fresh = "fresh",
        /// Our files may lie on it; nothing was started.
        Staged = "staged",
        /// An installer may have been started: the host is looked at first.
        Begun = "begun",
        /// It has its outcome and is left alone.
        Finished = "finished",
    }
}
