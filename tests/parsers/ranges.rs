//! Host names that stand for many hosts.

use crate::errors::assert_fit;
use crate::growth::{in_proportion, within};
use crate::inventory::read;
use crate::trial::Trial;

const WORDS: &[&str] =
    &["web", "[", "]", ":", "1", "01", "9", "a", "f", "Z", "[1:3]", "[01:10:2]", "[a:f]", "[0:99]", "-", "."];

/// A host name as YAML, whatever is in it.
fn fleet(name: &str) -> String {
    let name = serde_json::to_string(name).expect("text");
    format!("all: {{hosts: {{{name}: {{ansible_host: 192.0.2.1}}}}}}\n")
}

#[test]
fn any_range_is_expanded_or_refused_at_its_place() {
    Trial::of("ranges", WORDS).text(|name| {
        let text = fleet(name);
        match read(&text) {
            Ok(inventory) => assert!(inventory.hosts().len() <= 1_000_000, "{name}"),
            Err(mistakes) => assert_fit(&mistakes, &[("fleet.yaml", &text)]),
        }
    });
}

#[test]
fn the_work_grows_with_the_hosts_and_ends_at_a_million() {
    in_proportion(
        "hosts of a range",
        500,
        |count| "x".repeat(count),
        |text| {
            drop(read(&fleet(&format!("h[1:{}]", text.len()))));
        },
    );
    in_proportion("ranges of one", 500, |count| "[1:1]".repeat(count), |text| drop(read(&fleet(text))));
    for name in ["h[1:99999999]", "h[0:999][0:999][0:999]", &"[0:9]".repeat(40)] {
        within(1 << 28, name, name, |name| {
            let mistakes = read(&fleet(name)).expect_err("a refusal").to_string();
            assert!(
                mistakes.contains("too long") || mistakes.contains("more than 1000000 hosts"),
                "{mistakes}"
            );
        });
    }
}
