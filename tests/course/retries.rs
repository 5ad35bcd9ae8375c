//! What is tried again?

use crate::fleet::Stage;
use crate::hosts;
use crate::scene::{begin, count, lines, of, prepare};

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
