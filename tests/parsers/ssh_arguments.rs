//! The SSH arguments of Ansible's variables.

use crate::errors::assert_fit;
use crate::inventory::read;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "-J ",
    "-o ",
    "-oProxyJump=",
    "-F",
    "-p 22",
    "-4qJ",
    "-",
    "--",
    " ",
    "'",
    "\"",
    "\\",
    "=",
    ",",
    "@",
    ":",
    "[",
    "]",
    "bastion",
    "ops@b:2222",
    "ssh://b",
    "[2001:db8::1]:22",
    "none",
    "StrictHostKeyChecking",
    "accept-new",
    "no",
    "UserKnownHostsFile",
    "/dev/null",
    "ProxyCommand",
    "%h",
    "65536",
];

#[test]
fn any_arguments_are_understood_or_refused_at_their_place() {
    Trial::of("ssh_arguments", WORDS).text(|arguments| {
        let quoted = serde_json::to_string(arguments).expect("text");
        let text = format!(
            "all: {{hosts: {{h: {{ansible_host: 192.0.2.1, jc_platform: linux_headless, \
             ansible_ssh_common_args: {quoted}}}}}}}\n"
        );
        let resolved = read(&text).and_then(|inventory| {
            let ids: Vec<_> = inventory.ids().collect();
            inventory.resolve(&ids, None)
        });
        match resolved {
            Ok(hosts) => {
                for jump in &hosts[0].access.jump {
                    assert!(
                        jump.port != 0 && !jump.host.is_empty() && !jump.host.starts_with('-'),
                        "{jump:?}"
                    );
                    assert!(!jump.host.contains(char::is_control), "{jump:?}");
                }
            }
            Err(mistakes) => assert_fit(&mistakes, &[("fleet.yaml", &text)]),
        }
    });
}
