//! Do the batch files that Windows hosts hear keep our rules?

use std::collections::BTreeMap;

use jumpfleet::installer;
use jumpfleet::installer::settings_file::{self, Instance};
use jumpfleet::model::{Dialect, Platform, Step};
use jumpfleet::shell::windows;

use crate::batch;
use crate::cases::{cases, fill, shape, steps, values};

/// Every batch file that any case makes, as it lies on a host, each once, with a name for it.
fn batch_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for platform in Platform::ALL.iter().copied() {
        for case in cases(platform).into_iter().filter(|case| case.refused.is_empty()) {
            let shape = shape(platform, &case);
            let invocation = installer::installer(platform).invocation(&shape);
            if invocation.dialect != Dialect::Cmd {
                continue;
            }
            let values = values(platform, &case);
            let mut put = |phase: &str, step: &Step| {
                let text = windows::batch_file(&fill(&step.script, &values), "mark-");
                files.entry(text).or_insert(format!("{platform}, {}, {phase}: {}", case.name, step.name));
            };
            steps(&invocation).into_iter().for_each(|(phase, step)| put(phase, step));
            invocation.tidy.iter().for_each(|step| put("tidy", step));
            let directory = r"C:\R&D\100% (x) client";
            let client = Instance {
                directory: directory.into(),
                services: vec!["bomgar-ps-0x1".into(), "bomgar-ps-0x2".into()],
                running: true,
                connections: Vec::new(),
                file: Ok(Vec::new()),
                fetch: None,
            };
            put("proxy", &settings_file::look(&shape));
            put("proxy", &settings_file::write(&shape, directory, b"[Proxy]\r\n", b"[Proxy]\n"));
            put("proxy", &settings_file::restore(&shape, directory, b"[Proxy]\r\n"));
            put("proxy", &settings_file::restart(&shape, &client));
        }
    }
    files
}

#[test]
fn every_batch_file_keeps_our_rules() {
    let files = batch_files();
    assert!(files.len() > 100, "only {} batch files", files.len());
    let told = batch::told(files.iter().map(|(text, name)| (name.as_str(), text.as_bytes())));
    assert!(told.is_empty(), "\n{told}");
}
