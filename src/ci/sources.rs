//! Where in the repository does a line stand that an inventory was read from?

use std::collections::HashMap;

use crate::model::Place;

/// A place as CI systems want it: a path below the repository and a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file, relative to the repository where it lies there.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1, where it is known.
    pub column: Option<u32>,
}

/// The files that places may name, and the folder that the CI system shows files of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The repository's absolute path; without it paths stay as they were written.
    root: Option<String>,
    /// The folder that relative paths begin in, as far as it is known; absolute.
    here: Option<String>,
    /// Absolute paths of all files that were read, by the names of the files.
    files: HashMap<String, Vec<String>>,
}

impl Sources {
    /// These files, absolute paths; the repository is not known yet.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a str>) -> Self {
        let mut named: HashMap<String, Vec<String>> = HashMap::new();
        for file in files {
            named.entry(last(file).to_owned()).or_default().push(whole(file));
        }
        Self { root: None, here: None, files: named }
    }

    /// The same in this repository, an absolute path such as the value of `GITHUB_WORKSPACE`, for somebody who stands
    /// in a folder.
    pub fn set_root(&mut self, root: Option<String>, here: Option<String>) {
        let absolute = |path: Option<String>| path.filter(|path| path.starts_with('/'));
        self.root = absolute(root);
        self.here = absolute(here);
    }

    /// A file's path below the repository; as it was written when it does not lie there.
    pub fn path(&self, written: &str) -> String {
        let plain = plain(written);
        let found = if written.starts_with('/') { Some(whole(written)) } else { self.found(written, &plain) };
        let below = self.root.as_deref().zip(found.as_deref()).and_then(|(root, whole)| {
            let below = whole.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?;
            (!below.is_empty()).then(|| below.to_owned())
        });
        below.unwrap_or(if written.starts_with('/') { written.to_owned() } else { plain })
    }

    /// The spot of a place written as `file:line`; none when it is not written so.
    pub fn spot(&self, place: &str) -> Option<Spot> {
        let (file, line) = place.rsplit_once(':')?;
        Some(Spot { path: self.path(file), line: line.parse().ok()?, column: None })
    }

    /// The spot of a place.
    pub fn spot_of(&self, place: &Place) -> Spot {
        Spot { path: self.path(&place.file), line: place.line, column: Some(place.column) }
    }

    /// The file that was read and lies there from here, or else the one whose path ends so.
    fn found(&self, written: &str, plain: &str) -> Option<String> {
        let files = self.files.get(last(plain))?;
        let from_here = self.here.as_ref().map(|here| whole(&format!("{here}/{written}")));
        if from_here.as_ref().is_some_and(|path| files.contains(path)) {
            return from_here;
        }
        let ends_so = |path: &&String| {
            path.strip_suffix(plain).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let mut found = files.iter().filter(ends_so);
        let first = found.next()?;
        found.all(|other| other == first).then(|| first.clone())
    }
}

/// The name of the file itself.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// An absolute path without what leads out of a folder and back.
fn whole(path: &str) -> String {
    format!("/{}", plain(path))
}

/// A relative path without what leads out of the folder and back.
fn plain(written: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_below_the_repository() {
        let mut sources =
            Sources::of(["/home/ci/repo/inv/fleet.yaml", "/home/ci/repo/inv/group_vars/all.yaml"]);
        let at = |sources: &Sources, place: &str| {
            let spot = sources.spot(place).unwrap();
            format!("{} {}", spot.path, spot.line)
        };
        assert_eq!(at(&sources, "fleet.yaml:3"), "fleet.yaml 3", "without a repository as it was written");
        sources.set_root(Some("/home/ci/repo/".to_owned()), None);
        for written in
            ["fleet.yaml", "./fleet.yaml", "../inv/fleet.yaml", "inv/fleet.yaml", "x/../fleet.yaml"]
        {
            assert_eq!(at(&sources, &format!("{written}:3")), "inv/fleet.yaml 3", "{written}");
        }
        assert_eq!(at(&sources, "/home/ci/repo/inv/fleet.yaml:7"), "inv/fleet.yaml 7");
        assert_eq!(at(&sources, "/etc/fleet.yaml:7"), "/etc/fleet.yaml 7", "outside of the repository");
        assert_eq!(at(&sources, "et.yaml:1"), "et.yaml 1", "part of a name is no name");
        assert_eq!(sources.spot("fleet.yaml"), None);
        assert_eq!(sources.spot("fleet.yaml:x"), None);
    }

    #[test]
    fn a_name_that_may_be_two_files_is_left_alone() {
        let mut sources = Sources::of(["/r/a/hosts.yaml", "/r/b/hosts.yaml"]);
        sources.set_root(Some("/r".to_owned()), None);
        assert_eq!(sources.path("hosts.yaml"), "hosts.yaml");
        assert_eq!(sources.path("a/hosts.yaml"), "a/hosts.yaml");
        let place = Place { file: "b/hosts.yaml".into(), line: 2, column: 5 };
        assert_eq!(sources.spot_of(&place), Spot { path: "b/hosts.yaml".into(), line: 2, column: Some(5) });
        sources.set_root(Some("/r".to_owned()), Some("/r/a".to_owned()));
        assert_eq!(sources.path("hosts.yaml"), "a/hosts.yaml", "from the folder somebody stands in");
        assert_eq!(sources.path("../b/hosts.yaml"), "b/hosts.yaml");
    }

    #[test]
    fn ways_out_and_back_are_taken_out_of_absolute_paths_too() {
        let mut sources = Sources::of(["/r/b/../a/group_vars/web.yml"]);
        sources.set_root(Some("/r".to_owned()), None);
        assert_eq!(sources.path("../a/group_vars/web.yml"), "a/group_vars/web.yml");
        assert_eq!(sources.path("/r/b/../a/./x.yml"), "a/x.yml");
    }
}
