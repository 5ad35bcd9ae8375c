//! What does an upgrade of the appliance do to a run?

use serde_json::json;

use crate::fleet::Stage;
use crate::scene::{Site, count, events, said, until};

pub fn an_upgrade_in_mid_run_halts_it(stage: &Stage) {
    let site = Site::of(stage, "", ", rate: 6/min, waves: [1, 2], gates: none");
    stage.on(&stage.hosts[0], "echo sleep=3 >>/etc/jump-client-stand-in").expect(0);
    let mut run = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    until("the first installer is started", || !stage.starts(&stage.hosts[0]).is_empty());
    site.order(json!({"do": "upgrade", "version": "1.10"}));
    let code = run.wait().expect("an end").code();
    let output = std::fs::read_to_string(stage.path().join("stdout")).unwrap();
    assert_eq!(code, Some(5), "{output}");
    assert!(
        output.contains("HALTED (the appliance was upgraded from 24.1.2 (12345) to 25.2.1 (12345)"),
        "{output}"
    );
    assert!(output.contains("make new installers on the site and a new plan"), "{output}");
    assert_eq!(count(stage, "not_started"), 2, "{output}");
    let told = &events(stage, "appliance_upgraded")[0];
    assert_eq!(
        (told["from"].as_str(), told["to"].as_str()),
        (Some("24.1.2 (12345)"), Some("25.2.1 (12345)"))
    );
    let resumed = stage.jumpfleet(&["rollout", "--resume", "--yes"]).expect(6);
    assert!(resumed.stderr.contains("the appliance was upgraded"), "{}", resumed.stderr);
}

pub fn installers_that_end_in_mid_run_are_noticed(stage: &Stage) {
    let site = Site::of(stage, "", ", rate: 6/min, waves: [1, 2], gates: none");
    // As by an upgrade that changes no version, or by a person: when the second wave begins. The plan and the run look
    // at them before.
    let path = "/api/config/v1/jump-client/installer";
    let gone = json!({"kind": "installers", "id": 1});
    site.order(json!({"do": "fault", "path": path, "after": 2, "remove": gone}));
    let done = stage.rollout(&[]);
    let (code, output) = (done.code, said(&done));
    assert!(output.contains("the installers of `main` are not on the site any more"), "{output}");
    assert!(output.contains("make new installers on the site, then a new plan"), "{output}");
    assert_eq!((code, count(stage, "not_started"), count(stage, "connected")), (Some(3), 2, 1), "{output}");
    assert_eq!(events(stage, "installers_ended").len(), 1);
    assert!(stage.hosts[1..].iter().all(|host| stage.starts(host).is_empty()), "none was tried");
    // Whoever goes on looks at hosts that were about to begin, and starts nothing.
    stage.jumpfleet(&["rollout", "--resume", "--yes"]).expect(3);
    assert!(stage.hosts[1..].iter().all(|host| stage.starts(host).is_empty()), "none was tried");
}
