//! How are the commands used that speak with the site?

use super::{Examples, example};

/// Their examples.
pub const EXAMPLES: Examples = &[
    (
        "sessions list",
        &[
            example("See which sessions are open", "jumpfleet sessions list"),
            example(
                "The same for programs, also those that began a month ago",
                "jumpfleet sessions list --within 30d --json",
            ),
        ],
    ),
    (
        "sessions terminate",
        &[
            example(
                "End every session on a host, for a flow of another tool",
                "jumpfleet sessions terminate --hostname WEB01 --json",
            ),
            example(
                "See which sessions of a user would be ended",
                "jumpfleet sessions terminate --username eve --dry-run",
            ),
        ],
    ),
];
