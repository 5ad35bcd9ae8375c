//! What would happen?

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{PlanArgs, Selection, Tuning};
use super::inputs::{self, Loaded};
use super::site::Site;
use super::{Problem, Surroundings, VERSION, exit, output, review, rollout};
use crate::installer;
use crate::model::{
    FindingLevel, Generation, InstallerFile, KeySource, Plan, Platform, Release, SHORTEST_KEY, Secret,
    Standing, Task, fingerprint, key_in_name,
};
use crate::planner::{self, Need, Request};
use crate::store::{self, Digested, StoreError};

/// A plan with the installer files it means on this machine.
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// The files, in the order of the plan's installers.
    pub files: Vec<PathBuf>,
    /// The keys found in their names.
    pub keys: Vec<Option<Secret>>,
    /// How long connecting may take, by the settings.
    pub settings: super::settings::Rollout,
}

/// `jumpfleet plan`
pub fn run(around: &Surroundings, args: &PlanArgs) -> Result<u8, Problem> {
    if let Some(command) = &args.command {
        return review::run(command);
    }
    let task = match (args.replace, args.uninstall) {
        (true, _) => Task::Replace,
        (_, true) => Task::Uninstall,
        _ => Task::Install,
    };
    let mut made = make_asking(around, &args.selection, &args.tuning, task, args.offline)?;
    if args.probe {
        made = rollout::look(around, made)?;
    }
    let plan = &made.plan;
    if let Some(path) = &args.output {
        store::write_whole(path, |out| planner::write_json(plan, out))?;
    }
    review::show(plan, &args.format)?;
    if let Some(path) = &args.output {
        let command = if plan.task.installs() { "rollout" } else { "uninstall" };
        let next = format!("Saved. To carry it out exactly so: jumpfleet {command} {}", path.display());
        output::say(around.global.quiet, &next);
    }
    Ok(match (planner::has_errors(plan), args.detailed_exitcode && planner::changes(plan) > 0) {
        (true, _) => exit::INPUT,
        (false, true) => exit::CHANGES,
        (false, false) => exit::GOOD,
    })
}

/// Makes a plan from settings and inventory; the site is not asked.
pub fn make(
    around: &Surroundings,
    selection: &Selection,
    tuning: &Tuning,
    task: Task,
) -> Result<Made, Problem> {
    make_asking(around, selection, tuning, task, true)
}

/// The same after asking the site, unless that is not wanted (`offline`) or the settings name no API account.
pub fn make_asking(
    around: &Surroundings,
    selection: &Selection,
    tuning: &Tuning,
    task: Task,
    offline: bool,
) -> Result<Made, Problem> {
    let spread_by = tuning.care.spread_by.as_deref();
    let Loaded { mut settings, inputs, inventory, hosts, left_out, mut mistakes } =
        inputs::load(around, selection, spread_by)?;
    let mut site = if offline { None } else { Site::ask(&settings)? };
    if let Some(site) = &mut site {
        site.correct(&mut settings.releases);
    }
    let wanted = tuning.care.over(settings.rollout.wanted.clone());
    let steps = wanted.ramp.iter().flatten().map(|step| step.rate);
    let rate = tuning.speed.allowed(settings.rollout.rate, steps)?;
    let default_release = tuning.release.as_deref().or(settings.rollout.release.as_deref());
    if let Some(name) = default_release.filter(|name| !settings.releases.contains_key(*name)) {
        let names: Vec<_> = settings.releases.keys().map(String::as_str).collect();
        return Err(Problem::usage(format!("the settings have no release `{name}`"))
            .hint(format!("they have: {}", names.join(", "))));
    }
    // The hosts that are right so far may still ask for what they cannot get: all of it is said at once.
    let needs = mistakes.take(planner::needs(&hosts, &settings.releases, default_release));
    let Some(needs) = needs else { return Err(inputs::with_lines(mistakes).into()) };
    let mut found = Vec::with_capacity(needs.len());
    for need in &needs {
        let find = if task.installs() { needed } else { unneeded };
        let expected = settings.digests.get(need).filter(|_| task.installs());
        match find(need, &settings.releases[&need.0]) {
            Ok(located) if expected.is_some_and(|digest| *digest != located.file.sha256) => {
                let what = format!(
                    "the file is not the one whose digest is written down: it has {}",
                    located.file.sha256
                );
                let hint = "fetch it anew, or write this digest below `sha256` if it is meant";
                mistakes.add(settings.file_mistake(&need.0, need.1, what, Some(hint)));
            }
            Ok(located) => found.push(located),
            Err((what, hint)) => mistakes.add(settings.file_mistake(&need.0, need.1, what, hint)),
        }
    }
    if found.len() < needs.len() {
        return Err(inputs::with_lines(mistakes).into());
    }
    let mut files = Vec::new();
    let mut keys = Vec::new();
    let mut installers = Vec::new();
    for Located { file, key, path } in found {
        installers.push(file);
        keys.push(key);
        files.push(path);
    }
    let plan = mistakes.take(planner::plan(Request {
        now: Surroundings::now(),
        tool_version: VERSION,
        settings: inputs::whole(&settings.path),
        inventory,
        inputs,
        limit: selection.limit.clone(),
        task,
        appliance: &settings.appliance,
        releases: &settings.releases,
        default_release,
        rate,
        at_once: tuning.speed.at_once.unwrap_or(settings.rollout.at_once),
        expected_install: settings.rollout.expected_install,
        install_deadline: settings.rollout.install_deadline,
        wanted: &wanted,
        hosts,
        left_out: &left_out,
        installers,
    }));
    let mut plan = match plan {
        Some(plan) if mistakes.0.is_empty() => plan,
        _ => return Err(inputs::with_lines(mistakes).into()),
    };
    if let Some(site) = site {
        site.complete(&mut plan, &left_out)?;
    }
    Ok(Made { plan, files, keys, settings: settings.rollout })
}

/// What is wrong with an installer file, and what to do about it.
pub type Wrong = (String, Option<&'static str>);

/// An installer file, where it is and the key in its name.
pub struct Located {
    /// What a plan knows of it.
    pub file: InstallerFile,
    key: Option<Secret>,
    path: PathBuf,
}

/// Finds the installer file of a release and platform and what the plan needs to know of it.
fn needed((name, platform): &Need, release: &Release) -> Result<Located, Wrong> {
    let pattern = &release.files[platform];
    let (path, digested) = located(pattern).map_err(|error| (error.to_string(), error.hint()))?;
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(wrong) = undocumented(*platform, release, &file_name) {
        return Err(wrong);
    }
    let key = named_key(pattern, &file_name);
    let source = key_source(*platform, release, key.is_some())?;
    let shown = match &key {
        Some(key) => file_name.replace(key, &format!("‹key {}›", fingerprint(key))),
        None => without_key(&file_name),
    };
    let architecture = installer::architecture(*platform, &shown, digested.architecture);
    if let Some((what, hint)) = installer::other_processor(*platform, architecture) {
        return Err((format!("`{shown}` {what}"), Some(hint)));
    }
    Ok(Located {
        file: InstallerFile {
            release: name.clone(),
            platform: *platform,
            pattern: masked_pattern(pattern, key.as_deref()),
            shown,
            key_fingerprint: installed_key(source, key.as_deref()).map(fingerprint),
            key: source,
            architecture,
            sha256: digested.sha256,
            bytes: digested.bytes,
        },
        key: key.map(Secret::new),
        path,
    })
}

/// Why a file is not installed although its platform is: the vendor does not say how.
fn undocumented(platform: Platform, release: &Release, file_name: &str) -> Option<Wrong> {
    let is_package = platform == Platform::MacosDmg && file_name.to_ascii_lowercase().ends_with(".pkg");
    is_package.then(|| {
        let what = format!("the {platform} installer of release `{}` is a PKG, not a DMG", release.name);
        let hint = "the vendor does not say how a PKG takes its key from `installer -pkg`: use the DMG that the \
            site offers beside it, or let a device management install the PKG";
        (what, Some(hint))
    })
}

/// The same where no file is needed, as for a removal: what the settings say of it.
pub fn unneeded((name, platform): &Need, release: &Release) -> Result<Located, Wrong> {
    let pattern = masked_pattern(&release.files[platform], None);
    let file = planner::without_file(InstallerFile {
        release: name.clone(),
        platform: *platform,
        shown: pattern.rsplit('/').next().unwrap_or(&pattern).to_owned(),
        pattern,
        key_fingerprint: None,
        key: key_source(*platform, release, true)?,
        architecture: None,
        sha256: String::new(),
        bytes: 0,
    });
    Ok(Located { file, key: None, path: PathBuf::new() })
}

/// The file that a pattern means and its digest; what went wrong names the pattern, for the file's name holds
/// the key.
fn located(pattern: &str) -> Result<(PathBuf, Digested), StoreError> {
    let found = store::find_one(pattern).and_then(|path| Ok((store::digest(&path)?, path)));
    let shown = PathBuf::from(without_key(pattern));
    match found {
        Ok((digested, path)) => Ok((path, digested)),
        Err(StoreError::Io { doing, path, source }) => {
            // The folder that could not be listed is no secret and says more than the pattern.
            let path = if Some(path.as_path()) == Path::new(pattern).parent() { path } else { shown };
            Err(StoreError::Io { doing, path, source })
        }
        Err(StoreError::Content { what, .. }) => Err(StoreError::Content { path: shown, what }),
        Err(other) => Err(other),
    }
}

/// A path with a star for what looks like a key in the file's name, also in a name that is not the vendor's.
fn without_key(pattern: &str) -> String {
    let start = pattern.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, name) = pattern.split_at(start);
    let mut runs = name.split(|c: char| !c.is_ascii_alphanumeric());
    match runs.rfind(|run| run.len() >= SHORTEST_KEY) {
        Some(key) => format!("{folder}{}", name.replace(key, "*")),
        None => pattern.to_owned(),
    }
}

/// The key in a file's name: what the star of the pattern stands for, or what looks like one.
fn named_key(pattern: &str, file_name: &str) -> Option<String> {
    let wanted = pattern.rsplit('/').next().unwrap_or(pattern);
    let starred = wanted
        .split_once('*')
        .and_then(|(before, after)| file_name.strip_prefix(before)?.strip_suffix(after).map(str::to_owned));
    starred.filter(|key| !key.is_empty()).or_else(|| key_in_name(file_name).map(str::to_owned))
}

/// A plan must not hold the key, so where a person wrote it into the path a star takes its place.
fn masked_pattern(pattern: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => pattern.replace(key, "*"),
        None => without_key(pattern),
    }
}

/// The key that is installed with, where it is known: one that is handed over is only a reference yet, and the
/// file's name may hold another one.
fn installed_key(source: KeySource, named: Option<&str>) -> Option<&str> {
    named.filter(|_| source == KeySource::FileName)
}

/// How the installer learns its key; an MSI and the newer generation take it as an argument.
fn key_source(platform: Platform, release: &Release, in_name: bool) -> Result<KeySource, Wrong> {
    let takes_argument = platform == Platform::WindowsMsi || release.generation() == Generation::Sra;
    match (release.key.is_some(), takes_argument, in_name) {
        (true, true, _) => Ok(KeySource::Argument),
        (_, _, true) => Ok(KeySource::FileName),
        (stated, _, false) => {
            let what =
                format!("the {platform} installer of release `{}` has no key in its file name", release.name);
            let hint = if takes_argument {
                "add `key: {env: NAME}` or `key: {file: PATH}` to the release"
            } else if stated {
                "this kind of installer takes no key argument: use the file as the site named it"
            } else {
                "use the file as the site named it: a renamed one cannot be installed"
            };
            Err((what, Some(hint)))
        }
    }
}

/// Installer files on this machine and the keys in their names, in a plan's order.
pub struct Files {
    /// The files.
    pub files: Vec<PathBuf>,
    /// The keys.
    pub keys: Vec<Option<Secret>>,
}

/// Finds a saved plan's installer files again, or says which were replaced.
pub fn relocate(plan: &Plan) -> Result<Files, Vec<String>> {
    if !plan.task.installs() {
        let files = vec![PathBuf::new(); plan.installers.len()];
        return Ok(Files { files, keys: vec![None; plan.installers.len()] });
    }
    let mut files = Vec::new();
    let mut keys = Vec::new();
    let mut stale = Vec::new();
    for installer in &plan.installers {
        match located(&installer.pattern) {
            Ok((path, digested)) if digested.sha256 == installer.sha256 => {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                keys.push(named_key(&installer.pattern, &name).map(Secret::new));
                files.push(path);
            }
            Ok(_) => stale.push(format!("the installer `{}` was replaced", installer.shown)),
            Err(error) => stale.push(error.to_string()),
        }
    }
    if stale.is_empty() { Ok(Files { files, keys }) } else { Err(stale) }
}

/// The releases of a plan whose installers have expired by now, or will have when their last host is done.
pub fn expiring(plan: &Plan, standings: &[Standing]) -> Vec<String> {
    if !plan.task.installs() {
        return Vec::new();
    }
    let now = Surroundings::now();
    let expired = expired(plan, now, standings);
    if !expired.is_empty() {
        return expired;
    }
    planner::too_late(plan, now, |host| standings.get(host) != Some(&Standing::Finished))
}

/// The releases that hosts are still to get.
pub fn left<'p>(plan: &'p Plan, standings: &[Standing]) -> HashSet<&'p str> {
    let is_left = |place: usize| !matches!(standings.get(place), Some(Standing::Begun | Standing::Finished));
    let hosts = plan.hosts.iter().enumerate().filter(|(place, _)| is_left(*place));
    hosts.map(|(_, host)| plan.treatment(host).release.as_str()).collect()
}

/// The releases that have expired and that hosts are still to get; a host that has begun is only looked at.
fn expired(plan: &Plan, now: Timestamp, standings: &[Standing]) -> Vec<String> {
    let left = left(plan, standings);
    let late = |(name, release): (&String, &crate::model::PlannedRelease)| {
        if !left.contains(name.as_str()) {
            return None;
        }
        let expires = release.expires.filter(|expires| *expires <= now)?;
        Some(format!("the installers of release `{name}` expired at {expires}"))
    };
    plan.releases.iter().filter_map(late).collect()
}

/// The error findings of a plan, as one problem.
pub fn forbidden(plan: &Plan) -> Option<Problem> {
    let errors: Vec<_> = plan
        .findings
        .iter()
        .filter(|finding| finding.level == FindingLevel::Error)
        .map(|finding| finding.message.as_str())
        .collect();
    if errors.is_empty() {
        return None;
    }
    Some(Problem::usage(format!("the plan must not be carried out: {}", errors.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Product;

    #[test]
    fn the_star_stands_for_the_key() {
        assert_eq!(named_key("x/bomgar-pec-*.bin", "bomgar-pec-k1.bin").as_deref(), Some("k1"));
        assert_eq!(named_key("bomgar-pec-win64.msi", "bomgar-pec-win64.msi"), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";
        let at = |name: &str| folder.path().join(name.replace("KEY", key)).display().to_string();
        // It is a file, can be opened and cannot be read: nothing is mapped at its first byte.
        for name in ["bomgar-pec-KEY.bin", "client-KEY.bin"] {
            std::os::unix::fs::symlink("/proc/self/mem", at(name)).unwrap();
        }
        std::os::unix::fs::symlink("nowhere", at("sra-pin-KEY.msi")).unwrap();
        let starred = ["bomgar-pec-*.bin", "client-*.bin", "sra-pin-*.msi"];
        let written = ["bomgar-pec-KEY.bin", "client-KEY.bin", "sra-pin-KEY.msi", "none-KEY.exe"];
        for name in starred.into_iter().chain(written) {
            let error = located(&at(name)).unwrap_err().to_string();
            assert!(!error.contains(key), "{error}");
            assert!(error.contains(&name.replace("KEY", "*")), "{error}");
        }
    }

    #[test]
    fn no_fingerprint_is_shown_of_a_key_that_is_not_used() {
        assert_eq!(installed_key(KeySource::FileName, Some("k")), Some("k"));
        assert_eq!(installed_key(KeySource::Argument, Some("k")), None);
    }

    #[test]
    fn msi_and_newer_installers_take_the_key_as_an_argument() {
        let release = |product, key: Option<&str>| Release {
            name: "r".into(),
            product,
            version: None,
            expires: None,
            key: key.map(|name| crate::model::SecretReference::Env(name.into())),
            overrides: Default::default(),
            files: Default::default(),
        };
        let source = |platform, product, key, named| key_source(platform, &release(product, key), named).ok();
        let (msi, linux) = (Platform::WindowsMsi, Platform::LinuxHeadless);
        let (old, new) = (Product::BomgarPec, Product::SraPin);
        assert_eq!(source(msi, old, Some("K"), false), Some(KeySource::Argument));
        assert_eq!(source(linux, new, Some("K"), true), Some(KeySource::Argument));
        assert_eq!(source(linux, new, None, true), Some(KeySource::FileName));
        assert_eq!(source(linux, old, Some("K"), true), Some(KeySource::FileName));
        assert_eq!(source(linux, old, Some("K"), false), None);
        assert_eq!(source(linux, old, None, false), None);
    }
}
