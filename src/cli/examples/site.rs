//! How are the commands used that speak with the site?

use super::{Examples, example};

/// Their examples.
pub const EXAMPLES: Examples = &[
    (
        "clients list",
        &[
            example("List the clients that the site knows", "jumpfleet clients list"),
            example(
                "Those of a Jump Group that are lost, for programs",
                "jumpfleet clients list --group web --state lost --format json",
            ),
        ],
    ),
    (
        "clients duplicates",
        &[
            example("See which computers are there twice", "jumpfleet clients duplicates"),
            example("The same for programs", "jumpfleet clients duplicates --format json"),
        ],
    ),
    (
        "clients prune",
        &[
            example(
                "See which records of computers that are there twice would go",
                "jumpfleet clients prune --duplicates --dry-run",
            ),
            example(
                "Delete what nobody saw for a quarter, and what is left of removals",
                "jumpfleet clients prune --unseen-for 90d --uninstalled",
            ),
        ],
    ),
    (
        "clients drift",
        &[
            example(
                "Compare the inventory with what the site knows",
                "jumpfleet clients drift -i fleet.yaml",
            ),
            example(
                "The same for a pipeline, with strangers of one group alone",
                "jumpfleet clients drift -i fleet.yaml --extras-in web --format json",
            ),
        ],
    ),
    (
        "clients set",
        &[
            example("Give a client another tag", "jumpfleet clients set tag=web --hostname WEB01"),
            example(
                "Move clients to another group, and see first which",
                "jumpfleet clients set group=web jump_policy=none --tag old --dry-run",
            ),
        ],
    ),
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
    (
        "jump",
        &[
            example("Get the address that starts a session", "jumpfleet jump WEB01 --method pinned"),
            example(
                "Write a file for the access console, with a custom field",
                "jumpfleet jump WEB01 --custom ticket=INC0012 -o web01.brcs-example",
            ),
        ],
    ),
];
