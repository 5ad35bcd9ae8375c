//! Which settings and which hosts does the person mean?

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Selection;
use super::settings::{self, Settings};
use super::{Problem, Surroundings, installer, output, saved};
use crate::inventory::{self, HostId, Inventory, Manner, Pattern};
use crate::model::{Bystander, Host, Input, InputKind, Mistake, Mistakes, Plan};
use crate::store::{self, Found, InventoryFile, StoreError, VaultPasswords, VaultSource};
use crate::vault::{self, Shut};

/// Settings and hosts, with the digests of every file they came from.
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Every file that was read.
    pub inputs: Vec<Input>,
    /// The inventories with absolute paths.
    pub inventory: Vec<String>,
    /// The selected hosts that have no mistake, resolved and checked.
    pub hosts: Vec<Host>,
    /// The hosts of the inventory that a limit leaves out.
    pub left_out: Vec<Bystander>,
    /// The mistakes of the others.
    pub mistakes: Mistakes,
}

/// Reads settings and inventory; the mistakes of both are shown at once.
///
/// What was typed of the variable that waves are spread over goes before what the settings say.
pub fn load(
    around: &Surroundings,
    selection: &Selection,
    spread_by: Option<&str>,
) -> Result<Loaded, Problem> {
    gather(around, selection, spread_by).map(|(loaded, _)| loaded)
}

/// The same with the inventory they came from.
pub fn gather(
    around: &Surroundings,
    selection: &Selection,
    spread_by: Option<&str>,
) -> Result<(Loaded, Inventory), Problem> {
    let mut mistakes = Mistakes::default();
    let settings = mistakes.take(settings(around)?);
    let reading = settings.as_ref().map(|settings| settings.reading.clone()).unwrap_or_default();
    let read = mistakes.take(read_as(around, selection, &mut || Ok(reading.clone()))?);
    let (Some(settings), Some(read)) = (settings, read) else { return Err(mistakes.into()) };
    let mut inputs = vec![input(&settings.path, &settings.text)];
    inputs.extend(settings.kept.iter().map(|kept| input(&kept.path, &kept.text)));
    inputs.extend(read.inputs);
    let selected = select(around, &read.inventory, selection.limit.as_deref())?;
    inputs.extend(selected.inputs);
    let mut hosts = Vec::with_capacity(selected.ids.len());
    let resolved = read.inventory.resolve_each(&selected.ids, None, &mut |host| hosts.push(host));
    mistakes.take(resolved);
    mistakes.take(windows(&settings, &read.inventory, &mut hosts));
    mistakes.take(spread(&settings, &read.inventory, &mut hosts, spread_by));
    let left_out = read.inventory.others(&selected.ids);
    let inventory = selection.inventory.iter().map(|source| lasting(source)).collect();
    Ok((Loaded { settings, inputs, inventory, hosts, left_out, mistakes }, read.inventory))
}

/// Gives hosts the windows that the settings have for their groups.
fn windows(settings: &Settings, inventory: &Inventory, hosts: &mut [Host]) -> Result<(), Mistakes> {
    let windows = &settings.rollout.windows;
    let mut mistakes = Mistakes::default();
    for name in windows.keys().filter(|name| inventory.groups().all(|group| **group != ***name)) {
        let keys = ["rollout", "windows", name];
        let mistake = settings.mistake_at(&keys, format!("the inventory has no group `{name}`"));
        mistakes.add(match Mistake::nearest(name, inventory.groups().map(AsRef::as_ref)) {
            Some(near) => mistake.hint(format!("did you mean `{near}`?")),
            None => mistake.hint("name a group of the inventory, or `all`"),
        });
    }
    inventory.default_windows(hosts, windows);
    mistakes.none_or(())
}

/// Notes what the hosts are spread over.
fn spread(
    settings: &Settings,
    inventory: &Inventory,
    hosts: &mut [Host],
    typed: Option<&str>,
) -> Result<(), Mistakes> {
    let Some(by) = typed.or(settings.rollout.spread_by.as_deref()) else { return Ok(()) };
    if inventory.spread(hosts, by)? > 0 || hosts.is_empty() {
        return Ok(());
    }
    let what = format!("no host has the variable `{by}` to be spread over");
    let mistake = match typed {
        Some(_) => Mistake::general(what),
        None => settings.mistake_at(&["rollout", "spread_by"], what),
    };
    Err(mistake.hint("name a variable of the inventory, such as one for the site, or `group`").into())
}

/// The settings file that is meant, read and checked.
pub fn settings(around: &Surroundings) -> Result<Result<Settings, Mistakes>, Problem> {
    let path = settings_path(around)?;
    let text = store::read_text(&path)
        .map_err(|error| saved::unreadable(&path, &error, "name the settings file with --config FILE"))?;
    let kept = installer::releases(&path)?;
    Ok(settings::parse_with(&path, text, kept))
}

/// The settings file that is meant.
pub fn settings_path(around: &Surroundings) -> Result<PathBuf, Problem> {
    around.global.config.clone().map_or_else(nearest, Ok)
}

/// Settings at a known place.
pub fn settings_at(path: &Path) -> Result<Settings, Problem> {
    Ok(settings::parse_with(path, store::read_text(path)?, installer::releases(path)?)?)
}

/// The settings file here or in the nearest folder above.
fn nearest() -> Result<PathBuf, Problem> {
    let here = std::env::current_dir().map_err(Problem::tool)?;
    let found = here.ancestors().map(|folder| folder.join(settings::FILE_NAME)).find(|path| path.is_file());
    let shown = |path: PathBuf| path.to_str().map(|path| PathBuf::from(short(path))).unwrap_or(path.clone());
    found.map(shown).ok_or_else(|| {
        Problem::usage(format!("there is no `{}` here or in a folder above", settings::FILE_NAME))
            .hint("write one, name it with --config, or begin with `jumpfleet init`")
    })
}

/// An inventory with the digests of its files.
pub struct Read {
    /// The inventory.
    pub inventory: Inventory,
    /// Its files.
    pub inputs: Vec<Input>,
}

/// Reads the inventory that is meant, as the settings say where there are any.
pub fn read(around: &Surroundings, selection: &Selection) -> Result<Result<Read, Mistakes>, Problem> {
    read_as(around, selection, &mut || reading(around))
}

/// Reads an inventory of which no source is a script, for those who may run none and know no settings.
pub fn read_files(around: &Surroundings, selection: &Selection) -> Result<Result<Read, Mistakes>, Problem> {
    read_as(around, selection, &mut || Err(Problem::usage("scripts are not run")))
}

/// What the settings say of reading inventories; looking into one needs no settings.
fn reading(around: &Surroundings) -> Result<settings::Reading, Problem> {
    if around.global.config.is_none() && nearest().is_err() {
        return Ok(settings::Reading::default());
    }
    Ok(settings(around)??.reading)
}

/// The settings are asked for only where something needs them.
fn read_as(
    around: &Surroundings,
    selection: &Selection,
    reading: &mut dyn FnMut() -> Result<settings::Reading, Problem>,
) -> Result<Result<Read, Mistakes>, Problem> {
    if selection.inventory.is_empty() {
        return Err(Problem::usage("no inventory is named").hint("name one with --inventory SOURCE"));
    }
    misread(&selection.inventory)?;
    let found = store::find_inventory(&selection.inventory).map_err(|error| saved::missing_source(&error))?;
    let is_meant = |found: &Found| match found {
        Found::Script(_) => true,
        found => found.path().is_some_and(store::is_table),
    };
    let said = if found.iter().any(is_meant) { reading()? } else { settings::Reading::default() };
    let files = match store::read_inventory(found, said.script_deadline, said.encoding.as_deref()) {
        Ok(files) => files,
        Err(errors) => return Ok(Err(Mistakes(errors.iter().map(unread).collect()))),
    };
    let inputs = files.iter().filter_map(input_of).collect();
    let sources: Vec<_> = files.into_iter().filter_map(|file| file.source).collect();
    let passwords = match sources.iter().any(|source| vault::is_sealed(&source.text)) {
        true => together(around, reading()?.vault_passwords),
        false => VaultPasswords::default(),
    };
    let open = |text: &str| match passwords.keyring(&Surroundings::environment) {
        Ok(keyring) => keyring.open(text),
        Err(why) => Err(Shut::Unread(why)),
    };
    let read = inventory::read_with(sources, &Manner { open: &open, columns: said.columns });
    let folder = std::env::current_dir().map_err(Problem::tool)?;
    Ok(read.map(|inventory| Read { inventory: inventory.read_in(folder), inputs }))
}

/// Says which files are not looked into, because they are encrypted and nothing opens them.
pub fn tell_shut(around: &Surroundings, inventory: &Inventory) {
    for (path, why) in inventory.shut() {
        output::say(around.global.quiet, &format!("warning: {path}: {why}: its variables are not shown"));
    }
}

/// The vault passwords that were typed, then those of the settings, if there are settings.
pub fn passwords(around: &Surroundings) -> Result<VaultPasswords, Problem> {
    Ok(together(around, reading(around)?.vault_passwords))
}

fn together(around: &Surroundings, of_settings: Vec<VaultSource>) -> VaultPasswords {
    let mut sources = around.global.vault.sources();
    sources.extend(of_settings);
    VaultPasswords::new(sources)
}

/// Files that were named with commas between them would be taken for hosts.
fn misread(sources: &[String]) -> Result<(), Problem> {
    for list in sources.iter().filter(|source| store::is_host_list(source)) {
        let is_file = |part: &&str| Path::new(part.trim()).is_file();
        if let Some(file) = list.split(',').find(is_file) {
            let what = format!("`{list}` is a list of hosts, and `{}` in it is a file", file.trim());
            return Err(Problem::usage(what).hint("give each file an --inventory of its own"));
        }
    }
    Ok(())
}

/// What could not be read, as one of several things that are wrong.
fn unread(error: &StoreError) -> Mistake {
    let mistake = Mistake::general(error.to_string());
    match error.hint() {
        Some(hint) => mistake.hint(hint),
        None => mistake,
    }
}

/// An inventory as it holds in every working directory.
fn lasting(source: &str) -> String {
    if store::is_host_list(source) { source.to_owned() } else { whole(Path::new(source)) }
}

/// A path that holds in every working directory.
pub fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// A path as it is shown here: from the working directory where it lies below.
pub fn short(path: &str) -> &str {
    let here = std::env::current_dir().unwrap_or_default();
    let below = Path::new(path).strip_prefix(here).ok().and_then(Path::to_str);
    below.filter(|below| !below.is_empty()).unwrap_or(path)
}

fn input(path: &Path, text: &str) -> Input {
    Input { path: whole(path), sha256: store::digest_of(text.as_bytes()), kind: InputKind::File }
}

/// The digest of something that was read; what was typed stands in the plan itself.
fn input_of(file: &InventoryFile) -> Option<Input> {
    let path = whole(file.path.as_deref()?);
    Some(Input { path, sha256: file.sha256.clone(), kind: file.kind })
}

/// The hosts that --limit leaves, in inventory order, and the files the pattern named.
pub struct Selected {
    /// The hosts.
    pub ids: Vec<HostId>,
    /// The files behind `@`.
    pub inputs: Vec<Input>,
}

/// Chooses hosts; odd patterns are warned of on standard error.
pub fn select(
    around: &Surroundings,
    inventory: &Inventory,
    limit: Option<&str>,
) -> Result<Selected, Problem> {
    let mut inputs = Vec::new();
    let mut read_file = |path: &str| {
        let text = store::read_text(Path::new(path)).map_err(|error| error.to_string())?;
        inputs.push(input(Path::new(path), &text));
        Ok(text)
    };
    let pattern = limit.map(|text| Pattern::parse(text, &mut read_file)).transpose()?;
    let selection = inventory.select(pattern.as_ref())?;
    for warning in &selection.warnings {
        output::say(around.global.quiet, &format!("warning: {warning}"));
    }
    Ok(Selected { ids: selection.ids, inputs })
}

/// Which hosts of a plan a pattern means, by the inventory the plan was made from; all of them without one.
pub fn limited(
    around: &Surroundings,
    plan: &Plan,
    limit: Option<&str>,
) -> Result<impl Fn(&Arc<str>) -> bool + use<>, Problem> {
    let mut names = None;
    if limit.is_some() {
        let selection = Selection { inventory: plan.inventory.clone(), limit: None };
        let around = around.with_settings(&plan.settings);
        let inventory = read(&around, &selection)??.inventory;
        let selected = select(&around, &inventory, limit)?;
        names = Some(selected.ids.iter().map(|id| inventory.name(*id).clone()).collect::<HashSet<_>>());
    }
    Ok(move |host: &Arc<str>| names.as_ref().is_none_or(|names| names.contains(host)))
}

/// The mistakes with the lines they stand in, read anew: plans are made when the inventory's text is gone.
///
/// What else a line holds may be a secret: only the marked word and the name it stands behind are shown.
pub fn with_lines(mistakes: Mistakes) -> Mistakes {
    let mut texts: HashMap<Arc<str>, Lines> = HashMap::new();
    let shown = |mistake: Mistake| {
        let (Some(place), None) = (&mistake.place, &mistake.source) else { return mistake };
        let lines = texts.entry(place.file.clone()).or_insert_with(|| Lines::read(Path::new(&*place.file)));
        match lines.at(place.line).and_then(|line| excerpt(line, place.column)) {
            Some((line, width)) => mistake.source(line, width),
            None => mistake,
        }
    };
    Mistakes(mistakes.0.into_iter().map(shown).collect())
}

/// A file's text and where its lines are.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    /// A file that cannot be read any more has no lines to show.
    fn read(path: &Path) -> Self {
        let text = store::read_text(path).unwrap_or_default();
        // A place in an encrypted file is one in what it holds, and that is shown to nobody.
        let text = if vault::is_sealed(&text) { String::new() } else { text };
        Self { starts: crate::inventory::starts(&text).collect(), text }
    }

    /// A line by its number, counted from 1.
    fn at(&self, number: u32) -> Option<&str> {
        let index = (number as usize).checked_sub(1)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        Some(self.text[*self.starts.get(index)?..end].trim_end_matches(['\n', '\r']))
    }
}

/// The most characters that may stand before what is marked.
const LONGEST_LEAD: usize = 200;

/// The word at a column with the name it stands behind, and its width; everything else is blanked.
fn excerpt(line: &str, column: u32) -> Option<(String, u32)> {
    let at = (column as usize).checked_sub(1).filter(|at| *at <= LONGEST_LEAD)?;
    let before: Vec<char> = line.chars().take(at).collect();
    let mut name = before.len();
    let behind: String = before.iter().collect();
    if let Some(named) = behind.trim_end().strip_suffix([':', '=']) {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
        name = named.chars().count() - named.chars().rev().take_while(kept).count();
    }
    let blank = |(index, c): (usize, &char)| if index >= name || c.is_whitespace() { *c } else { '·' };
    let mut shown: String = before.iter().enumerate().map(blank).collect();
    let ends = |c: &char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | ':');
    let word: String = line.chars().skip(at).take(LONGEST_LEAD).take_while(|c| !ends(c)).collect();
    let width = word.chars().count();
    shown.push_str(&word);
    let rest = line.chars().skip(at + width);
    let rest: String = rest.take(LONGEST_LEAD).collect();
    if let Some(rest) = rest.strip_prefix(':') {
        shown.push_str(if rest.trim().is_empty() { ":" } else { ": …" });
    } else if !rest.trim().is_empty() {
        shown.push_str(" …");
    }
    Some((shown, u32::try_from(width).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Role, Source};

    #[test]
    fn a_line_shows_the_marked_word_and_no_secret_beside_it() {
        let line = "    h1: {db_password: hunter2, jc_tag: web db, x: {token: 'hunter 3'}}";
        let at = |word: &str| line.find(word).and_then(|at| u32::try_from(at + 1).ok()).unwrap();
        assert_eq!(excerpt(line, at("h1")), Some(("    h1: …".into(), 2)));
        let tag = "    ··· ············· ········ jc_tag: web …".to_owned();
        assert_eq!(excerpt(line, at("web")), Some((tag, 3)));
        assert_eq!(excerpt("  jc_comments: x", 16), Some(("  jc_comments: x".into(), 1)));
        assert_eq!(excerpt("h1 token=y jc_tag=web z=1", 19), Some(("·· ······· jc_tag=web …".into(), 3)));
        assert_eq!(excerpt("    h1:", 5), Some(("    h1:".into(), 2)));
        for column in 0..80 {
            let shown = excerpt(line, column).map(|(shown, _)| shown).unwrap_or_default();
            let marked = [at("hunter2"), at("hunter 3") - 1, at("hunter 3")];
            assert!(!shown.contains("hunter") || marked.iter().any(|at| column >= *at), "{shown}");
        }
    }

    /// What is said of settings with these lines for the rollout and an inventory with the groups `web` and `db`.
    fn said(rollout: &str, typed: Option<&str>) -> String {
        let text = format!("appliance: {{site: a.example}}\nreleases: {{}}\nrollout: {{{rollout}}}\n");
        let settings = settings::parse(Path::new("jumpfleet.yaml"), text).unwrap();
        let text =
            "web: {hosts: {a: {site: x}}}\ndb: {hosts: {b: }}\nall: {vars: {jc_platform: windows_msi}}\n";
        let source = Source { path: "fleet.yaml".into(), role: Role::Inventory, text: text.into() };
        let inventory = inventory::read(vec![source]).unwrap();
        let mut hosts = inventory.resolve(&inventory.ids().collect::<Vec<_>>(), None).unwrap();
        let mut mistakes = Mistakes::default();
        mistakes.take(windows(&settings, &inventory, &mut hosts));
        mistakes.take(spread(&settings, &inventory, &mut hosts, typed));
        let kept =
            |host: &Host| format!("{:?} {:?}", host.window.as_deref().map(ToString::to_string), host.spread);
        if mistakes.0.is_empty() {
            hosts.iter().map(kept).collect::<Vec<_>>().join("; ")
        } else {
            mistakes.to_string()
        }
    }

    #[test]
    fn windows_of_groups_and_what_hosts_are_spread_over_reach_the_hosts() {
        let window = "windows: {web: 'sat 01:00-02:00 UTC'}";
        assert_eq!(said(window, None), "Some(\"sat 01:00-02:00 UTC\") None; None None");
        assert_eq!(said("spread_by: site", None), "None Some(\"x\"); None None");
        assert_eq!(said("spread_by: nothing", Some("group")), "None Some(\"web\"); None Some(\"db\")");
    }

    #[test]
    fn groups_and_variables_that_no_host_has_are_mistakes_at_their_place() {
        let both = said("windows: {wep: 'sat 01:00-02:00 UTC'}, spread_by: nothing", None);
        assert!(both.contains("jumpfleet.yaml:3:26: the inventory has no group `wep`"), "{both}");
        assert!(both.contains("did you mean `web`?"), "{both}");
        assert!(both.contains("jumpfleet.yaml:3:61: no host has the variable `nothing`"), "{both}");
        let typed = said("at_once: 4", Some("nothing"));
        assert!(typed.starts_with("no host has the variable `nothing`"), "{typed}");
    }

    #[test]
    fn lines_are_found_by_their_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.yml");
        store::write_whole(&path, |out| out.write_all(b"a\r\n\nlast")).unwrap();
        let lines = Lines::read(&path);
        let found: Vec<_> = (0..5).map(|number| lines.at(number)).collect();
        assert_eq!(found, [None, Some("a"), Some(""), Some("last"), None]);
    }
}
