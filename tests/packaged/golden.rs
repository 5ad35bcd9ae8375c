//! Is every file of a package as it was? What differs is read by a person and kept with `JUMPFLEET_BLESS=1`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jumpfleet::model::Product;
use jumpfleet::package::Made;

use crate::scene;

const FLEET: &str = include_str!("fleet.yaml");

/// Steps inside a script for POSIX are the installers' own, which have cases of their own (`tests/cases`).
fn without_steps(text: &str) -> String {
    let Some((before, rest)) = text.split_once("step_look() {\n") else { return text.to_owned() };
    let after = rest.split_once("start_client() {\n").map_or("", |(_, after)| after);
    format!("{before}‹the steps, word for word›\nstart_client() {{\n{after}")
}

fn folder(kind: &str) -> PathBuf {
    scene::root().join("tests/packaged/golden").join(kind)
}

fn on_disk(folder: &Path, from: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            on_disk(&path, from, found);
        } else {
            let name = path.strip_prefix(from).unwrap().display().to_string();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn packages_are_what_they_were() {
    let plan = scene::plan(FLEET, Product::BomgarPec, &"5a".repeat(32));
    for kind in scene::KINDS {
        stays(kind, &scene::made(kind, &plan));
    }
}

#[test]
fn packages_for_windows_are_what_they_were() {
    let plan = scene::plan(scene::WINDOWS_FLEET, Product::BomgarPec, &"5a".repeat(32));
    for kind in scene::WINDOWS_KINDS {
        // One of them without start slots.
        let over = (*kind != "pdq").then_some(3 * 3600);
        stays(kind, &scene::made_over(kind, &plan, over));
    }
}

/// Compares a package with the one that is kept.
fn stays(kind: &str, made: &Made) {
    let files = made.files.iter().map(|file| (file.path.clone(), without_steps(&file.text)));
    let files: BTreeMap<String, String> = files.collect();
    if std::env::var_os("JUMPFLEET_BLESS").is_some() {
        let _ = fs::remove_dir_all(folder(kind));
        for (path, text) in &files {
            let path = folder(kind).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let mut kept = BTreeMap::new();
    on_disk(&folder(kind), &folder(kind), &mut kept);
    assert_eq!(files, kept, "{kind}: read the difference, then keep it with JUMPFLEET_BLESS=1");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for kind in scene::KINDS {
        let made = || {
            let plan = scene::plan(FLEET, Product::BomgarPec, &"5a".repeat(32));
            scene::made(kind, &plan).files.into_iter().map(|file| (file.path, file.text)).collect::<Vec<_>>()
        };
        assert!(made() == made(), "{kind}");
    }
    for kind in scene::WINDOWS_KINDS {
        let made = || {
            let plan = scene::plan(scene::WINDOWS_FLEET, Product::BomgarPec, &"5a".repeat(32));
            scene::made_over(kind, &plan, Some(3600)).files
        };
        assert!(made() == made(), "{kind}");
    }
}
