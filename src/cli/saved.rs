//! What is in the file that a person named, and what may be meant when it is not there?

use std::io::ErrorKind;
use std::path::Path;

use crate::model::{Mistake, Plan};
use crate::planner::{self, PlanError};
use crate::store::{self, StoreError};

use super::Problem;

/// Reads a saved plan; one that was changed after it was made is stale.
pub fn plan(path: &Path) -> Result<Plan, Problem> {
    let make = "make a plan with: jumpfleet plan -i INVENTORY -o plan.json";
    let text = store::read_text(path).map_err(|error| unreadable(path, &error, make))?;
    planner::parse(text.as_bytes()).map_err(|error| {
        let what = format!("`{}`: {error}", path.display());
        match error {
            PlanError::Changed | PlanError::Odd(_) => {
                Problem::stale(what).hint("make a new plan; a plan is not edited")
            }
            PlanError::NotAPlan { .. } if is_inventory(path) => {
                Problem::usage(what).hint(format!("an inventory is named with -i: -i {}", path.display()))
            }
            PlanError::NotAPlan { .. } => Problem::usage(what).hint(make),
            _ => Problem::usage(what),
        }
    })
}

fn is_inventory(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "ini" | "csv"))
}

/// Why a file that a person named cannot be read, with the name that was probably meant, or else what to do.
pub fn unreadable(path: &Path, error: &StoreError, otherwise: &str) -> Problem {
    let problem = Problem::usage(error.to_string());
    match error {
        StoreError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
            problem.hint(meant(path).unwrap_or_else(|| otherwise.to_owned()))
        }
        _ => match error.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        },
    }
}

/// Why a source of the inventory cannot be read, with the name that was probably meant.
pub fn missing_source(error: &StoreError) -> Problem {
    match error {
        StoreError::Io { path, .. } => unreadable(
            path,
            error,
            "name a file or folder with --inventory SOURCE; hosts themselves end with a comma, such as `web01,`",
        ),
        _ => unreadable(Path::new(""), error, ""),
    }
}

fn meant(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let there = store::beside(path);
    let near = Mistake::nearest(name, there.iter().map(String::as_str))?;
    Some(format!("did you mean `{}`?", path.with_file_name(near).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &Path) -> String {
        format!("{:?}", plan(path).unwrap_err())
    }

    #[test]
    fn what_was_meant_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["plan.json", "fleet.yaml"] {
            store::write_whole(&at(name), |out| out.write_all(b"web: {hosts: {a: }}\n")).unwrap();
        }
        assert!(said(&at("paln.json")).contains("did you mean `"), "{}", said(&at("paln.json")));
        assert!(said(&at("night.json")).contains("jumpfleet plan -i INVENTORY -o plan.json"));
        assert!(said(&at("fleet.yaml")).contains("named with -i: -i "), "{}", said(&at("fleet.yaml")));
        assert!(said(&at("plan.json")).contains("it is not a plan"));
    }
}
