//! Is what was downloaded from a site installed, and do its clients come to that site?

use serde_json::json;

use crate::fleet::{Stage, Test};
use crate::scene::{self, behave, end, inventory, record};
use crate::site::Site;

pub const TESTS: &[Test] =
    &[("downloaded_installers_are_installed_and_their_clients_connect", 2, downloaded)];

fn downloaded(stage: &Stage) {
    // The site builds its own of the same programs, in the lab's network, where no package can be had, and while it is
    // waited for.
    scene::installers();
    // From 1.10 on sites have no EXE.
    let site = Site::start(stage, "1.9", "", ", gates: none");
    for host in &stage.hosts {
        behave(stage, host, &format!("appliance={}", site.clients()));
    }
    let create = ["installer", "create", "main", "--group", "servers", "--allow-override", "tag"];
    stage.jumpfleet(&[&create[..], &["--platform", "windows_msi"]].concat()).expect(0);
    let both = ["installer", "download", "main", "--platform", "windows_msi,windows_exe"];
    stage.jumpfleet(&both).expect(0);
    let platforms = ["windows_msi", "windows_exe"];
    inventory(stage, |index, _| format!("jc_release: main, jc_platform: {}", platforms[index]));
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        assert_eq!(end(&report, host), "connected", "{:#}", record(&report, host));
        assert_eq!(scene::starts(stage, host), 1);
        assert_eq!(scene::left(stage, host), Vec::<String>::new());
    }
    // What the site knows of them is what they told it, and it told when their installers began.
    let clients = site.all("clients");
    let told =
        clients.iter().filter(|client| client["operating_system"] == "Windows" && client["tag"] == "a b");
    assert_eq!((told.count(), clients.len(), site.all("begins").len()), (2, 2, 2), "{clients:?}");
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(site.all("clients"), [json!(null); 0], "{:#}", stage.report());
}
