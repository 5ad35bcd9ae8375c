//! Which settings and which hosts does the person mean?

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Selection;
use super::settings::{self, Settings};
use super::{Problem, Surroundings, output};
use crate::inventory::{self, HostId, Inventory, Pattern, Role, Source};
use crate::model::{Host, Input, Mistake, Mistakes};
use crate::store::{self, InventoryFile, InventoryRole};

/// Settings and hosts, with the digests of every file they came from.
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Every file that was read.
    pub inputs: Vec<Input>,
    /// The selected hosts that have no mistake, resolved and checked.
    pub hosts: Vec<Host>,
    /// The mistakes of the others.
    pub mistakes: Mistakes,
}

/// Reads settings and inventory; the mistakes of both are shown at once.
pub fn load(around: &Surroundings, selection: &Selection) -> Result<Loaded, Problem> {
    let mut mistakes = Mistakes::default();
    let settings = mistakes.take(settings(around)?);
    let read = mistakes.take(read(selection)?);
    let (Some(settings), Some(read)) = (settings, read) else { return Err(mistakes.into()) };
    let mut inputs = vec![input(&settings.path, &settings.text)];
    inputs.extend(read.inputs);
    let selected = select(around, &read.inventory, selection.limit.as_deref())?;
    inputs.extend(selected.inputs);
    let mut hosts = Vec::with_capacity(selected.ids.len());
    let resolved = read.inventory.resolve_each(&selected.ids, None, &mut |host| hosts.push(host));
    Ok(Loaded { settings, inputs, hosts, mistakes: resolved.err().unwrap_or_default() })
}

/// The settings file that is meant, read and checked.
fn settings(around: &Surroundings) -> Result<Result<Settings, Mistakes>, Problem> {
    let path = match &around.global.config {
        Some(path) => path.clone(),
        None => nearest()?,
    };
    let text = store::read_text(&path).map_err(|error| Problem::usage(error.to_string()))?;
    Ok(settings::parse(&path, text))
}

/// Settings at a known place.
pub fn settings_at(path: &Path) -> Result<Settings, Problem> {
    Ok(settings::parse(path, store::read_text(path)?)?)
}

/// The settings file here or in the nearest folder above.
fn nearest() -> Result<PathBuf, Problem> {
    let here = std::env::current_dir().map_err(Problem::tool)?;
    let found = here.ancestors().map(|folder| folder.join(settings::FILE_NAME)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Problem::usage(format!("there is no `{}` here or in a folder above", settings::FILE_NAME))
            .hint("write one, or name it with --config")
    })
}

/// An inventory with the digests of its files.
pub struct Read {
    /// The inventory.
    pub inventory: Inventory,
    /// Its files.
    pub inputs: Vec<Input>,
}

/// Reads the inventory that is meant.
pub fn read(selection: &Selection) -> Result<Result<Read, Mistakes>, Problem> {
    let Some(path) = &selection.inventory else {
        return Err(Problem::usage("no inventory is named").hint("name one with --inventory PATH"));
    };
    let files = store::inventory_files(path).map_err(|error| Problem::usage(error.to_string()))?;
    let inputs = files.iter().map(|file| input(&file.path, &file.text)).collect();
    let sources = files.into_iter().map(source).collect();
    Ok(inventory::read(sources).map(|inventory| Read { inventory, inputs }))
}

fn input(path: &Path, text: &str) -> Input {
    Input { path: path.display().to_string(), sha256: store::digest_of(text.as_bytes()) }
}

fn source(file: InventoryFile) -> Source {
    let role = match file.role {
        InventoryRole::Inventory => Role::Inventory,
        InventoryRole::GroupVars(name) => Role::GroupVars(name),
        InventoryRole::HostVars(name) => Role::HostVars(name),
    };
    Source { path: file.path.display().to_string(), role, text: file.text }
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

/// The mistakes with the lines they stand in, read anew: plans are made when the inventory's text is gone.
pub fn with_lines(mistakes: Mistakes) -> Mistakes {
    let mut texts: HashMap<Arc<str>, Option<String>> = HashMap::new();
    let shown = |mistake: Mistake| {
        let (Some(place), None) = (&mistake.place, &mistake.source) else { return mistake };
        let text =
            texts.entry(place.file.clone()).or_insert_with(|| store::read_text(Path::new(&*place.file)).ok());
        let line = text.as_deref().and_then(|text| text.lines().nth(place.line.saturating_sub(1) as usize));
        let Some(line) = line.map(str::to_owned) else { return mistake };
        let marked = line.chars().skip(place.column.saturating_sub(1) as usize);
        let width = marked.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ':')).count();
        mistake.source(line, u32::try_from(width).unwrap_or(1))
    };
    Mistakes(mistakes.0.into_iter().map(shown).collect())
}
