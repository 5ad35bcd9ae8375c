//! Is a disk image that was downloaded from a site installed, and does its client come to that site?

use serde_json::json;

use crate::fleet::{Stage, Test};
use crate::left;
use crate::scene::{behave, ended, run};
use crate::site::Site;

pub const TESTS: &[Test] = &[("a_downloaded_image_is_installed_and_its_client_connects", 1, downloaded)];

/// Of the newer generation, which the other tests do not have.
fn downloaded(stage: &Stage) {
    let site = Site::start(stage, "1.10", "", ", gates: none");
    let host = &stage.hosts[0];
    behave(stage, host, &format!("appliance={}", site.clients()));
    let create = ["installer", "create", "main", "--group", "servers", "--allow-override", "tag"];
    stage.jumpfleet(&[&create[..], &["--platform", "macos_dmg"]].concat()).expect(0);
    stage.inventory(&["jc_platform: macos_dmg", "jc_release: main", "jc_tag: a b"], |_, _| String::new());
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "connected");
    assert_eq!(stage.starts(host).len(), 1);
    assert_eq!(run(stage, host, "hdiutil info; ls -A /var/tmp"), "");
    let clients = site.all("clients");
    assert_eq!(clients.len(), 1, "{clients:?}");
    assert_eq!((&clients[0]["hostname"], &clients[0]["tag"]), (&json!(host), &json!("a b")));
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(left(stage, host), "");
    assert_eq!(site.all("clients"), [json!(null); 0]);
}
