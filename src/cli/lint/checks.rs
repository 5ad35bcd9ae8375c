//! What is wrong with the settings and an inventory, or probably not meant?

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rules::{INVENTORY, NO_HOSTS, OPEN_PERMISSIONS, SETTINGS, UNUSED_RELEASE, UNUSED_WINDOW};
use crate::cli::args::Selection;
use crate::cli::inputs::{self, Loaded};
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, VERSION, plan};
use crate::inventory::Inventory;
use crate::model::{Finding, FindingLevel, Host, Mistake, Mistakes, Plan, Remark, SecretReference, Task};
use crate::planner::{self, Request};
use crate::store;

/// Everything that was found, in the order of the files.
pub struct Checked {
    /// The findings.
    pub remarks: Vec<Remark>,
    /// The settings file as it is shown.
    pub settings: String,
    /// Absolute paths of the files that findings name, and of the settings.
    pub files: Vec<String>,
}

/// Looks at settings and, if one is named, at the inventory.
pub fn check(around: &Surroundings, selection: &Selection) -> Result<Checked, Problem> {
    let path = inputs::settings_path(around)?;
    let mut checked = Checked {
        remarks: Vec::new(),
        settings: path.display().to_string(),
        files: vec![inputs::whole(&path)],
    };
    let found = match selection.is_given() {
        true => inputs::gather(around, selection, None)
            .map(|(loaded, inventory)| both(selection, loaded, &inventory)),
        false => inputs::settings_at(&path).map(|settings| alone(&settings)),
    };
    let remarks = match found {
        Ok(remarks) => remarks,
        Err(Problem::Mistakes(mistakes)) => errors(mistakes, &checked.settings),
        Err(other) => return Err(other),
    };
    let named = remarks.iter().filter_map(|remark| remark.about.place.as_ref());
    let named: BTreeSet<&str> = named.map(|place| &*place.file).collect();
    checked.files.extend(named.into_iter().map(|file| inputs::whole(Path::new(file))));
    checked.remarks = in_order(remarks);
    Ok(checked)
}

/// The order of files and lines; what stands nowhere comes first.
fn in_order(mut remarks: Vec<Remark>) -> Vec<Remark> {
    remarks.sort_by(|a, b| (&a.about.place, a.level).cmp(&(&b.about.place, b.level)));
    remarks
}

fn errors(mistakes: Mistakes, settings: &str) -> Vec<Remark> {
    let code = |mistake: &Mistake| match &mistake.place {
        Some(place) if *place.file == *settings => SETTINGS,
        _ => INVENTORY,
    };
    let error = |about: Mistake| Remark { level: FindingLevel::Error, code: code(&about), about };
    mistakes.0.into_iter().map(error).collect()
}

fn alone(settings: &Settings) -> Vec<Remark> {
    writable(&settings.path).into_iter().chain(key_files(settings)).collect()
}

fn both(selection: &Selection, loaded: Loaded, inventory: &Inventory) -> Vec<Remark> {
    let mut remarks = alone(&loaded.settings);
    remarks.extend(inventory.oddities());
    remarks.extend(open_files(inventory));
    // What a script printed is named like the script itself.
    let paths: BTreeSet<&str> =
        loaded.inputs.iter().skip(1).map(|input| inputs::short(&input.path)).collect();
    remarks.extend(paths.into_iter().filter_map(|path| writable(Path::new(path))));
    let Loaded { settings, mut mistakes, hosts, .. } = loaded;
    let default_release = settings.rollout.release.as_deref();
    let needs = mistakes.take(planner::needs(&hosts, &settings.releases, default_release));
    if let Some(needs) = needs {
        // What hosts with mistakes would use, or would lack, nobody knows.
        let is_whole = mistakes.0.is_empty();
        if is_whole && selection.limit.is_none() && !hosts.is_empty() {
            let used = needs.iter().map(|(release, _)| release.clone()).collect();
            remarks.extend(unused(&settings, &hosts, &used));
        }
        if is_whole && hosts.is_empty() {
            remarks.push(nobody(selection));
        }
        let found = mistakes.take(planned(&settings, hosts, &needs));
        remarks.extend(found.filter(|_| is_whole).into_iter().flatten());
    }
    remarks.extend(errors(inputs::with_lines(mistakes), &settings.path.display().to_string()));
    remarks
}

/// There is nobody to look at.
fn nobody(selection: &Selection) -> Remark {
    let about = match &selection.limit {
        Some(limit) => Mistake::general(format!("`--limit {limit}` leaves no hosts"))
            .hint("`jumpfleet inventory list` shows which there are"),
        None => Mistake::general("the inventory has no hosts").hint("name them below `hosts:` of a group"),
    };
    warning(NO_HOSTS, about)
}

/// What the settings have and no host gets.
fn unused(settings: &Settings, hosts: &[Host], used: &BTreeSet<String>) -> Vec<Remark> {
    let warning = |code, keys: &[&str], what: String, hint: &str| {
        warning(code, settings.mistake_at_key(keys, what).hint(hint))
    };
    let names = settings.releases.keys().filter(|name| !used.contains(*name));
    let mut remarks: Vec<_> = names
        .map(|name| {
            let what = format!("no host gets release `{name}`");
            let hint = "name it in `rollout.release` or `jc_release`, or take it out";
            warning(UNUSED_RELEASE, &["releases", name], what, hint)
        })
        .collect();
    let kept: HashSet<_> = hosts.iter().filter_map(|host| host.window.as_ref()).map(Arc::as_ptr).collect();
    let idle = |window: &Arc<_>| !kept.contains(&Arc::as_ptr(window));
    remarks.extend(settings.rollout.windows.iter().filter(|(_, window)| idle(window)).map(|(group, _)| {
        let what = format!("no host keeps to the window of group `{group}`");
        let hint = "its hosts have windows of their own or of a deeper group, or it has none: take it out";
        warning(UNUSED_WINDOW, &["rollout", "windows", group], what, hint)
    }));
    remarks
}

fn warning(code: &'static str, about: Mistake) -> Remark {
    Remark { level: FindingLevel::Warning, code, about }
}

/// What a plan finds that can be said without the installer files.
fn planned(
    settings: &Settings,
    hosts: Vec<Host>,
    needs: &BTreeSet<planner::Need>,
) -> Result<Vec<Remark>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut installers = Vec::new();
    for need in needs {
        match plan::unneeded(need, &settings.releases[&need.0]) {
            Ok(located) => installers.push(located.file),
            Err((what, hint)) => mistakes.add(settings.file_mistake(&need.0, need.1, what, hint)),
        }
    }
    mistakes.none_or(())?;
    let plan = planner::plan(Request {
        now: Surroundings::now(),
        tool_version: VERSION,
        settings: inputs::whole(&settings.path),
        inventory: Vec::new(),
        inputs: Vec::new(),
        limit: None,
        task: Task::Install,
        appliance: &settings.appliance,
        releases: &settings.releases,
        default_release: settings.rollout.release.as_deref(),
        rate: settings.rollout.rate,
        at_once: settings.rollout.at_once,
        expected_install: settings.rollout.expected_install,
        install_deadline: settings.rollout.install_deadline,
        wanted: &settings.rollout.wanted,
        hosts,
        left_out: &[],
        installers,
    })?;
    // The first is arithmetic; the second is said at each line that asks for it, the third with its hint.
    let said =
        |finding: &&Finding| !matches!(&*finding.code, "start_interval" | "host_keys_accepted" | NO_HOSTS);
    Ok(plan.findings.iter().filter(said).filter_map(|finding| remark(settings, &plan, finding)).collect())
}

/// A plan's finding at the setting it comes from.
fn remark(settings: &Settings, plan: &Plan, finding: &Finding) -> Option<Remark> {
    let code = super::rules::RULES.iter().find(|rule| rule.id == finding.code)?;
    let release = plan.releases.keys().find(|name| finding.message.contains(&format!("`{name}`")));
    let release = release.map_or("", String::as_str);
    let at: &[&[&str]] = match code.id {
        "vendor_rate_exceeded" => &[&["rollout", "rate"], &["rollout", "ramp"]],
        "at_once_limits_rate" => &[&["rollout", "at_once"], &["rollout", "expected_install"], &["rollout"]],
        "window_too_short" => &[&["rollout", "windows"]],
        "installer_expiry_unknown" => &[&["releases", release]],
        "installer_expired" | "installer_expires_too_soon" => &[&["releases", release, "expires"]],
        "appliance_full" => &[&["appliance", "max_clients"], &["appliance", "model"]],
        "appliance_size_unknown" => &[&["appliance"]],
        _ => &[],
    };
    let mut places = at.iter().map(|keys| settings.mistake_at_key(keys, finding.message.clone()));
    let about = places.find(|about| about.place.is_some());
    let about = about.unwrap_or_else(|| Mistake::general(finding.message.clone()));
    // What this version cannot carry out is no fault of the files.
    let level = if code.level == FindingLevel::Note { FindingLevel::Note } else { finding.level };
    Some(Remark { level, code: code.id, about })
}

/// Whoever may write the file decides what root runs on the hosts.
fn writable(path: &Path) -> Option<Remark> {
    let open = store::mode(path)? & 0o002 != 0;
    let place = crate::model::Place { file: path.display().to_string().into(), line: 1, column: 1 };
    let about = Mistake::at(place, "every account of this machine may write this file");
    open.then(|| warning(OPEN_PERMISSIONS, about.hint("take the permission away: `chmod o-w`")))
}

/// The key files that the settings name.
fn key_files(settings: &Settings) -> Vec<Remark> {
    let keys = settings.releases.iter().filter_map(|(name, release)| match &release.key {
        Some(SecretReference::File(path)) => Some((name, open(Path::new(path))?)),
        _ => None,
    });
    keys.map(|(name, what)| {
        let about = settings.mistake_at(&["releases", name, "key"], what);
        warning(OPEN_PERMISSIONS, about.hint(CLOSE))
    })
    .collect()
}

const CLOSE: &str = "let only those read it who roll out: `chmod 600`";

/// The files of secrets and private keys that the inventory names.
fn open_files(inventory: &Inventory) -> Vec<Remark> {
    let home = Surroundings::home();
    let file = |path: &str| match (path.strip_prefix("~/"), &home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    let opened = inventory.guarded().into_iter().filter_map(|guarded| {
        let what = open(&file(&guarded.path))?;
        inventory.remark(OPEN_PERMISSIONS, guarded.origin, what, CLOSE)
    });
    opened.collect()
}

/// What is wrong with the permissions of a file that holds a secret; nothing where it is not on this machine.
fn open(path: &Path) -> Option<String> {
    let mode = store::mode(path)?;
    let shown = path.display();
    match () {
        () if mode & 0o004 != 0 => Some(format!("every account of this machine may read `{shown}`")),
        () if mode & 0o022 != 0 => Some(format!("other accounts of this machine may write `{shown}`")),
        () => None,
    }
}
