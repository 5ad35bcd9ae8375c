//! Where is the value behind a secret reference?

use std::path::Path;

use super::read_text;
use crate::model::{Secret, SecretReference};

/// The environment, passed in by whoever may read it.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Finds a secret; the error names the reference, never a value.
pub fn resolve(reference: &SecretReference, environment: Environment<'_>) -> Result<Secret, String> {
    let value = match reference {
        SecretReference::Env(name) => {
            environment(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?
        }
        SecretReference::File(path) => {
            let text = read_text(Path::new(path)).map_err(|error| error.to_string())?;
            text.lines().next().unwrap_or_default().to_owned()
        }
    };
    if value.trim().is_empty() {
        return Err(format!("the secret {reference} is empty"));
    }
    Ok(Secret::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_first_line_and_the_environment_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        super::super::write_whole(&path, |out| out.write_all(b"one\ntwo\n")).unwrap();
        let file = SecretReference::File(path.display().to_string());
        let none = |_: &str| None;
        assert_eq!(resolve(&file, &none).unwrap().reveal(), "one");
        let env = SecretReference::Env("KEY".into());
        assert_eq!(resolve(&env, &|name| (name == "KEY").then(|| "v".into())).unwrap().reveal(), "v");
        assert_eq!(resolve(&env, &none).unwrap_err(), "the environment variable `KEY` is not set");
        assert!(resolve(&env, &|_| Some("  ".into())).unwrap_err().contains("is empty"));
    }
}
