//! What is tried again, and what is not?

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::fleet::Stage;
use crate::hosts;
use crate::scene::{begin, count, lines, of, outcome, prepare};

pub fn a_busy_package_manager_is_waited_for(stage: &Stage) {
    prepare(stage, "retries: {first: 1s}");
    hosts::behave(stage, &stage.hosts[0], "busy=2");
    begin(stage, &[]).end().expect(0);
    assert_eq!(count(stage, "installed"), 2);
    let lines = lines(stage);
    let retries = of(&lines, "retry_planned");
    assert_eq!(retries.len(), 2);
    assert!(retries.iter().all(|line| line.value["class"] == "installer_busy"), "{retries:?}");
    // Each start has a permit of its own, and each was told apart on the host.
    assert_eq!(of(&lines, "install_started").len(), 4);
    assert_eq!(hosts::starts(stage, &stage.hosts[..1]).len(), 3);
    assert_eq!(hosts::clients(stage, &stage.hosts), [1, 1]);
    assert_eq!(hosts::staged(stage, &stage.hosts), Vec::<String>::new());
}

/// A sudo that lets nobody in any more once the install lies ready, as an administrator's edit may come at any time.
const REFUSES_THE_INSTALL: &str = r#"#!/bin/sh
for ready in /var/tmp/jumpfleet-*/install.sh; do
    [ ! -e "$ready" ] || { echo 'sudo: a password is required' >&2; exit 1; }
done
exec /usr/bin/sudo "$@"
"#;

pub fn what_is_staged_goes_when_sudo_begins_to_refuse(stage: &Stage) {
    prepare(stage, "");
    let sudo = hosts::root(stage, &stage.hosts[0]).join("usr/local/bin/sudo");
    fs::create_dir_all(sudo.parent().expect("a directory")).expect("a directory");
    fs::write(&sudo, REFUSES_THE_INSTALL).expect("a sudo");
    fs::set_permissions(&sudo, Permissions::from_mode(0o755)).expect("a program");
    begin(stage, &[]).end().expect(3);
    let told = outcome(stage, &stage.hosts[0]);
    assert_eq!((&told["outcome"], &told["class"]), (&"failed".into(), &"sudo".into()), "{told}");
    assert_eq!(of(&lines(stage), "left_behind").len(), 0);
    assert_eq!(hosts::staged(stage, &stage.hosts), Vec::<String>::new());
    assert_eq!(hosts::clients(stage, &stage.hosts), [0, 1]);
}
