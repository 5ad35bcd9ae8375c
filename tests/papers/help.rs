//! Is every command described, with every option, and does what is made from the command line work?

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use regex::Regex;

use crate::{none, pages, printed};

/// Each command with the page that describes it.
const DESCRIBED: &[(&str, &str)] = &[
    ("plan", "docs/plan.md"),
    ("plan show", "docs/plan.md"),
    ("plan diff", "docs/plan.md"),
    ("rollout", "docs/rollout.md"),
    ("pause", "docs/rollout.md"),
    ("continue", "docs/rollout.md"),
    ("halt", "docs/rollout.md"),
    ("rate", "docs/rollout.md"),
    ("status", "docs/rollout.md"),
    ("rehearse", "docs/rehearse.md"),
    ("verify", "docs/verify.md"),
    ("proxy show", "docs/proxy.md"),
    ("proxy set", "docs/proxy.md"),
    ("uninstall", "docs/remove.md"),
    ("undo", "docs/remove.md"),
    ("report", "docs/reports.md"),
    ("runs", "docs/reports.md"),
    ("package", "docs/packages.md"),
    ("init", "docs/start.md"),
    ("lint", "docs/lint.md"),
    ("schema", "docs/schemas.md"),
    ("inventory list", "docs/inventory.md"),
    ("inventory graph", "docs/inventory.md"),
    ("inventory explain", "docs/inventory.md"),
    ("completions", "README.md"),
    ("man", "README.md"),
    ("appliance check", "docs/appliance.md"),
    ("clients list", "docs/clients.md"),
    ("clients duplicates", "docs/clients.md"),
    ("clients prune", "docs/clients.md"),
    ("clients drift", "docs/clients.md"),
    ("clients set", "docs/clients.md"),
    ("jump", "docs/sessions.md"),
    ("sessions list", "docs/sessions.md"),
    ("sessions terminate", "docs/sessions.md"),
    ("installer create", "docs/appliance.md"),
    ("installer list", "docs/appliance.md"),
    ("installer show", "docs/appliance.md"),
    ("installer download", "docs/appliance.md"),
    ("installer delete", "docs/appliance.md"),
];

/// The commands below this one that have no commands of their own.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let below = subcommands(above);
    if below.is_empty() {
        return vec![above.to_vec()];
    }
    // Its own form stands above the one with a command.
    let alone = help(above).contains("[OPTIONS]\n       jumpfleet ").then(|| above.to_vec());
    alone.into_iter().chain(below.into_iter().flat_map(|name| commands(&[above, &[name]].concat()))).collect()
}

fn subcommands(command: &[String]) -> Vec<String> {
    let help = help(command);
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

fn help(command: &[String]) -> String {
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.push("--help");
    printed(&arguments)
}

/// The long options in a help text.
fn options(help: &str) -> Vec<String> {
    let option = Regex::new(r"(?m)^ +(?:-\w, )?(--[a-z-]+)").expect("an expression");
    option.captures_iter(help).map(|found| found[1].to_owned()).collect()
}

/// The options that stand in the first cell of a table's row.
fn rows(text: &str) -> Vec<String> {
    let option = Regex::new(r"--[a-z-]+").expect("an expression");
    let cells = text.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    cells.flat_map(|cell| option.find_iter(cell)).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn every_command_and_option_is_described() {
    let everywhere = ["--config", "--state-dir", "--quiet", "--color", "--vault-password-file", "--vault-id"];
    let shared = rows(&pages::page("docs/plan.md").text);
    let found = commands(&[]);
    let mut wrong = Vec::new();
    for command in &found {
        let name = command.join(" ");
        let Some((_, page)) = DESCRIBED.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("no page describes `jumpfleet {name}`"));
            continue;
        };
        let text = pages::page(page).text;
        if !text.contains(&format!("jumpfleet {name}")) {
            wrong.push(format!("{page} does not name `jumpfleet {name}`"));
        }
        for option in options(&help(command)) {
            let common = everywhere.contains(&option.as_str()) && shared.contains(&option);
            let own = matches!(option.as_str(), "--help" | "--version");
            if !common && !own && !rows(&text).contains(&option) {
                wrong.push(format!("{page} does not describe {option} of `jumpfleet {name}`"));
            }
        }
    }
    assert_eq!(found.len(), DESCRIBED.len(), "a described command does not exist");
    none(&wrong);
}

#[test]
fn no_page_names_an_option_that_is_not_there() {
    let known: Vec<String> = commands(&[])
        .iter()
        .flat_map(|command| options(&help(command)))
        .chain(["--help".to_owned()])
        .collect();
    let named = Regex::new(r"`(?:-\w`, `)?(--[a-z-]+)").expect("an expression");
    // These belong to the vendor's installers, to the lab, to Ansible and its inventory scripts, and to systemd.
    let foreign = Regex::new(
        r"^--(jc-|silent|key-info|startup|light|arm|mac|windows|kind|bits|generic|name|mode|product|sleep|exit|hang|lie|list|host$)",
    )
    .expect("an expression");
    let mut wrong = Vec::new();
    for page in pages::all() {
        for found in named.captures_iter(&page.text) {
            if !known.contains(&found[1].to_owned()) && !foreign.is_match(&found[1]) && &found[1] != "--user"
            {
                wrong.push(format!("{} names {}, which jumpfleet does not have", page.name, &found[1]));
            }
        }
    }
    none(&wrong);
}

#[test]
fn the_readme_has_the_exit_codes_of_the_help() {
    let help = printed(&["--help"]);
    let (_, list) = help.split_once("Exit codes:\n").expect("exit codes");
    let code = Regex::new(r"(\d+)  (\S+(?: \S+)*)").expect("an expression");
    let codes: Vec<String> =
        code.captures_iter(list).map(|found| format!("| {} | {} |", &found[1], &found[2])).collect();
    assert!(codes.len() > 5, "{help}");
    let readme = pages::page("README.md").text;
    let missing = codes.iter().filter(|row| !readme.contains(row.as_str()));
    none(&missing.map(|row| format!("the README lacks {row}")).collect::<Vec<_>>());
}

#[test]
fn completions_are_scripts_of_their_shells() {
    for (shell, command) in [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish")] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("JUMPFLEET_COMPLETE"), "{shell} does not ask the program");
        let checked = Command::new(command).arg("-n").stdin(Stdio::piped()).spawn();
        // Only bash is everywhere.
        let Ok(mut checked) = checked else {
            assert_ne!(shell, "bash", "bash cannot be started");
            continue;
        };
        let mut input = checked.stdin.take().expect("its input");
        input.write_all(script.as_bytes()).expect("the script is read");
        drop(input);
        assert!(checked.wait().expect("its end").success(), "{shell} does not understand its script");
    }
}

#[test]
fn every_command_has_its_manual_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let man = folder.path().join("new/man1");
    printed(&["man", &man.display().to_string()]);
    let mut names = vec!["jumpfleet".to_owned(), "jumpfleet-inventory".to_owned()];
    names.extend(commands(&[]).iter().map(|command| format!("jumpfleet-{}", command.join("-"))));
    for name in names {
        let text = fs::read_to_string(man.join(format!("{name}.1"))).unwrap_or_default();
        assert!(text.starts_with(".TH") || text.starts_with(".ie"), "{name}.1: {text:?}");
        for section in ["NAME", "EXAMPLES", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES"] {
            let lacks = section == "EXAMPLES" && name == "jumpfleet-inventory";
            assert!(lacks || text.contains(&format!(".SH {section}\n")), "{name}.1 has no {section}");
        }
    }
    let pages = fs::read_dir(&man).expect("the pages").map(|page| page.expect("a page").path());
    let pages: Vec<_> = pages.collect();
    // Only Debian's package `mandoc` has it.
    if let Ok(linted) = Command::new("mandoc").args(["-Tlint", "-Wwarning"]).args(&pages).output() {
        assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stdout));
    }
}

#[test]
fn the_manual_has_the_environment_variables_of_the_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    printed(&["man", &folder.path().display().to_string()]);
    let text = fs::read_to_string(folder.path().join("jumpfleet.1")).expect("the page");
    let (_, section) = text.split_once(".SH ENVIRONMENT\n").expect("a section");
    let (section, _) = section.split_once(".SH").expect("another section");
    let name = Regex::new(r"\\fB([A-Z_]+)\\fR").expect("an expression");
    let named: Vec<&str> =
        name.captures_iter(section).map(|found| found.get(1).expect("a name").as_str()).collect();
    let settings = pages::page("docs/settings.md").text;
    let rows = settings.lines().filter(|line| line.starts_with("| `") && !line.contains("only"));
    let row = Regex::new(r"`([A-Z_]{2,})`").expect("an expression");
    let first = rows.filter_map(|line| line.split('|').nth(1));
    let wanted: Vec<&str> = first
        .flat_map(|cell| row.captures_iter(cell))
        .map(|found| found.get(1).expect("a name").as_str())
        .collect();
    assert!(wanted.len() >= 12, "{wanted:?}");
    assert_eq!(named, wanted);
}
