//! How does somebody begin? With a small project that can be read, checked and planned as it is.

mod project;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Problem, Surroundings, exit, output};
use crate::model::Platform;
use crate::planner;
use crate::store;
use project::Project;

/// `jumpfleet init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder it is written to; made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The platforms of your hosts, such as linux_headless,windows_msi
    #[arg(
        long,
        value_enum,
        value_name = "PLATFORM",
        value_delimiter = ',',
        default_value = "linux_headless"
    )]
    pub platform: Vec<Chosen>,
    /// The site's bare host name; pra.example.org stands for it if it is not given
    #[arg(long, value_name = "HOST", value_parser = site)]
    pub site: Option<String>,
    /// When the installers stop working, as the site said when they were made
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Timestamp>,
}

/// A platform, as the command line has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen(Platform);

impl Chosen {
    /// The platform.
    pub fn platform(self) -> Platform {
        self.0
    }
}

impl ValueEnum for Chosen {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Chosen; 6] = [
            Chosen(Platform::WindowsExe),
            Chosen(Platform::WindowsMsi),
            Chosen(Platform::LinuxService),
            Chosen(Platform::LinuxHeadless),
            Chosen(Platform::RaspberryPi),
            Chosen(Platform::MacosDmg),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.word()))
    }
}

fn site(text: &str) -> Result<String, String> {
    let site = text.to_ascii_lowercase();
    if planner::is_site(&site) {
        return Ok(site);
    }
    Err("write the host name alone, such as `pra.example.org`: no `https://`, port, path or dot at its end"
        .to_owned())
}

/// Names, and that they are.
fn said(names: &[String]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

/// `jumpfleet init`
pub fn run(around: &Surroundings, args: &InitArgs) -> Result<u8, Problem> {
    let chosen = |platform: &&Platform| args.platform.contains(&Chosen(**platform));
    let project = Project {
        site: args.site.clone().unwrap_or_else(|| "pra.example.org".to_owned()),
        expires: args.expires,
        platforms: Platform::ALL.iter().filter(chosen).copied().collect(),
    };
    let inside = |path: String| match args.folder == Path::new(".") {
        true => PathBuf::from(path),
        false => args.folder.join(path),
    };
    let files: Vec<(PathBuf, String)> =
        project.files().into_iter().map(|(path, text)| (inside(path), text)).collect();
    free(files.iter().map(|(path, _)| path.as_path()))?;
    for (path, text) in &files {
        store::write_new(path, text)?;
    }
    output::print(|out| files.iter().try_for_each(|(path, _)| writeln!(out, "{}", path.display())))?;
    output::say(around.global.quiet, &project.next(&args.folder));
    Ok(exit::GOOD)
}

/// Refuses to write where something is; all of it is said at once.
fn free<'p>(paths: impl Iterator<Item = &'p Path>) -> Result<(), Problem> {
    let mut taken: Vec<String> = Vec::new();
    for path in paths {
        // What stands where a folder is wanted is in the way too.
        let above = path.ancestors().skip(1).find(|above| store::is_there(above) && !above.is_dir());
        let in_the_way = if store::is_there(path) { Some(path) } else { above };
        let shown = in_the_way.map(|path| format!("`{}`", path.display()));
        taken.extend(shown.filter(|shown| !taken.contains(shown)));
    }
    if taken.is_empty() {
        return Ok(());
    }
    Err(Problem::usage(format!("nothing was written: {} in the way", said(&taken)))
        .hint("name a folder that is empty, or move these away"))
}
