//! What stands in the manual pages? The words of the command line itself, examples, exit codes and the environment.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::args::Typed;
use super::{Problem, examples, exit};
use crate::store;

/// When the pages were last changed by more than the command line's own words.
const REVISED: &str = "2026-11-25";

/// The environment variables that the program goes by.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("JUMPFLEET_CONFIG", "the settings file, like --config"),
    ("JUMPFLEET_STATE_DIR", "the folder of runs, like --state-dir"),
    ("JUMPFLEET_PERMITS_DIR", "the folder of start limits where the settings name none"),
    ("XDG_STATE_HOME", "where the state folder is, ~/.local/state if not set"),
    ("HOME", "~ in paths, the usual keys and known_hosts files"),
    ("LOGNAME", "who is written into the journal, and the login name of hosts that set none"),
    ("USER", "the same where LOGNAME is not set"),
    ("SSH_AUTH_SOCK", "the ssh-agent"),
    ("BT_CLIENT_ID", "the OAuth client id where the settings name none"),
    ("BT_CLIENT_SECRET", "its secret where the settings name none"),
    ("BT_API_HOST", "where the site's API answers; refused where it is not the site of the settings"),
    ("ANSIBLE_VAULT_PASSWORD_FILE", "a file with the password of Ansible Vault values"),
    ("CI", "if set, progress is lines and nobody is asked anything"),
    ("NO_COLOR", "if not empty, no colours"),
    ("CLICOLOR_FORCE", "if neither empty nor 0, colours also where there is no terminal"),
    ("FORCE_COLOR", "the same"),
    ("CLICOLOR", "0 means no colours"),
    ("TERM", "dumb means lines instead of a progress bar, and no colours"),
    (
        "SSL_CERT_FILE",
        "the authorities that webhooks and collectors are believed by, instead of the system's",
    ),
    ("SSL_CERT_DIR", "the same, a folder"),
    ("TRACEPARENT", "the trace that a run's own belongs to; OTEL_… say where it is sent"),
    (
        "GITHUB_ACTIONS",
        "true in a job of GitHub Actions: what hosts print is kept from being taken for a command",
    ),
    ("GITHUB_STEP_SUMMARY", "the file that --format github adds the job summary to"),
    ("GITHUB_OUTPUT", "the file that it adds counts to"),
    ("GITHUB_WORKSPACE", "the repository, below which annotations name files"),
    ("CI_PROJECT_DIR", "the same in GitLab CI"),
];

/// The files that the program goes by.
const FILES: &[(&str, &str)] = &[
    ("jumpfleet.yaml", "the settings, here or in a folder above"),
    ("~/.local/state/jumpfleet/runs", "the runs, with their plans and journals"),
];

/// `jumpfleet man`
pub fn manual(folder: &Path) -> Result<u8, Problem> {
    let mut command = Typed::command();
    command.build();
    page(folder, &command, "")?;
    Ok(exit::GOOD)
}

fn page(folder: &Path, command: &clap::Command, name: &str) -> Result<(), Problem> {
    // What stands behind the help stands in sections of its own here.
    let plain = command.clone().after_help("").after_long_help("");
    let own = command.get_display_name().unwrap_or_else(|| command.get_name());
    let man = Man::new(plain).title(own.to_uppercase()).date(REVISED).manual("jumpfleet manual");
    let man = man.source(format!("jumpfleet {}", super::VERSION));
    let path = folder.join(man.get_filename());
    let mut text = Vec::new();
    written(&man, command, name, &mut text).map_err(Problem::tool)?;
    store::write_public(&path, |out| out.write_all(tidy(&String::from_utf8_lossy(&text)).as_bytes()))?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let below = if name.is_empty() { String::new() } else { format!("{name} ") };
        page(folder, sub, &format!("{below}{}", sub.get_name()))?;
    }
    Ok(())
}

/// The page without what a strict reader of manual pages warns of: breaks beside empty lines, spaces at ends.
fn tidy(page: &str) -> String {
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    let is_gap =
        |at: Option<usize>| at.and_then(|at| lines.get(at)).is_some_and(|line| matches!(*line, "" | ".sp"));
    let is_kept = |at: usize| lines[at] != ".br" || !(is_gap(at.checked_sub(1)) || is_gap(Some(at + 1)));
    (0..lines.len()).filter(|at| is_kept(*at)).map(|at| format!("{}\n", lines[at])).collect()
}

fn written(man: &Man, command: &clap::Command, name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.get_subcommands().any(|sub| !sub.is_hide_set()) {
        man.render_subcommands_section(out)?;
    }
    shown(name).to_writer(out)?;
    let codes = exit::CODES.iter().map(|(code, means)| (code.to_string(), *means));
    table("EXIT STATUS", codes).to_writer(out)?;
    table("ENVIRONMENT", ENVIRONMENT.iter().map(|(name, about)| ((*name).to_owned(), *about)))
        .to_writer(out)?;
    table("FILES", FILES.iter().map(|(name, about)| ((*name).to_owned(), *about))).to_writer(out)?;
    others(command).to_writer(out)
}

fn shown(name: &str) -> Roff {
    let mut roff = Roff::default();
    let examples = examples::of(name);
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    for example in examples {
        roff.control("TP", []);
        roff.text([roman(format!("{}:", example.what))]);
        roff.text([bold(example.line)]);
    }
    roff
}

/// A section of names with what each is for.
fn table<'a>(heading: &str, rows: impl Iterator<Item = (String, &'a str)>) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [heading]);
    for (name, about) in rows {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(about)]);
    }
    roff
}

/// The pages of the other commands.
fn others(command: &clap::Command) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["SEE ALSO"]);
    let own = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let root = Typed::command();
    let commands = root.get_subcommands().map(|sub| format!("jumpfleet-{}", sub.get_name()));
    let names: Vec<String> =
        ["jumpfleet".to_owned()].into_iter().chain(commands).filter(|name| *name != own).collect();
    let last = names.len().saturating_sub(1);
    for (at, name) in names.into_iter().enumerate() {
        let end = if at == last { "(1)" } else { "(1)," };
        let page: [Inline; 2] = [bold(name), roman(end)];
        roff.text(page);
    }
    roff
}
