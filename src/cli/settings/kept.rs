//! What does a release say that is kept in a folder of its own? The same as one in the settings.

use std::path::{Path, PathBuf};

use super::check;
use super::table::RELEASE;
use super::{Kept, RawRelease};
use crate::inventory;
use crate::model::{Mistake, Mistakes};

impl Kept {
    /// A mistake at what stands behind these keys.
    pub(super) fn mistake_at(&self, keys: &[&str], what: String) -> Mistake {
        let tree = inventory::tree(&self.path.display().to_string(), &self.text).ok();
        let origin = |tree: &inventory::Tree| Some(tree.root.find(keys.iter().copied())?.origin());
        let placed = tree.and_then(|tree| Some(tree.mistake(origin(&tree)?, what.clone())));
        placed.unwrap_or_else(|| Mistake::general(what))
    }
}

/// The releases of these files, with the folder that their own files are beside.
pub(super) fn read(kept: &[Kept], mistakes: &mut Mistakes) -> Vec<(String, RawRelease, PathBuf)> {
    kept.iter().filter_map(|kept| mistakes.take(one(kept))).collect()
}

fn one(kept: &Kept) -> Result<(String, RawRelease, PathBuf), Mistakes> {
    let shown = kept.path.display().to_string();
    let tree = inventory::tree(&shown, &kept.text)?;
    check::check_as(&tree, &RELEASE, "the release").none_or(())?;
    let raw = super::read(&kept.text).map_err(|error| Mistake::general(format!("{shown}: {error}")))?;
    let path = std::path::absolute(&kept.path).unwrap_or_else(|_| kept.path.clone());
    Ok((kept.name.clone(), raw, path.parent().unwrap_or(Path::new("")).to_owned()))
}
