//! What do the tools need that push software already? Files for them, written into a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::SignedDuration;

use super::args::{Selection, Speed, Tuning};
use super::{Problem, Surroundings, exit, output, plan};
use crate::model::{FindingLevel, Mistake, Plan, Task};
use crate::package::{self, BUILT_IN, Kind, Made, Request, Templates};
use crate::store;

/// `jumpfleet package`
#[derive(Debug, Args)]
pub struct PackageArgs {
    /// For which tool
    #[arg(value_name = "KIND", value_parser = words(), required_unless_present = "list")]
    pub kind: Option<String>,
    /// List the kinds instead, with what each of them is
    #[arg(long, exclusive = true)]
    pub list: bool,
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// The folder it is written to: one that is empty or not there
    #[arg(short, long, value_name = "DIR", required_unless_present = "list")]
    pub output: Option<PathBuf>,
    /// Write into a folder that is not empty: files of the same names are replaced, others stay
    #[arg(long)]
    pub overwrite: bool,
    /// The release of hosts that name none
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// The most starts per time, such as 60/min or 1/s
    #[arg(long, value_name = "RATE")]
    pub rate: Option<crate::model::Rate>,
    /// Give each Windows host a start slot of its own within this time, such as 3h; it begins anew when it ends
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub over: Option<u32>,
    /// A folder with texts of your own, in place of those of the same name in `templates/package/`
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<u32, String> {
    let length = text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    let seconds = length.and_then(|length| u32::try_from(length.as_secs()).ok());
    seconds.ok_or_else(|| "write a time such as `3h` or `90m`".to_owned())
}

/// The words of the kinds, with what each of them is.
fn words() -> impl TypedValueParser<Value = String> {
    let value = |kind: &Kind| PossibleValue::new(kind.word).help(kind.about);
    PossibleValuesParser::new(package::KINDS.iter().map(value))
}

/// `jumpfleet package`
pub fn run(around: &Surroundings, args: &PackageArgs) -> Result<u8, Problem> {
    let (Some(word), Some(folder)) = (&args.kind, &args.output) else { return list() };
    let kind = package::kind(word).ok_or_else(|| Problem::usage(format!("there is no package `{word}`")))?;
    if args.over.is_some() && kind.longest_run.is_none() {
        return Err(Problem::usage(format!(
            "--over gives start slots to Windows hosts, and `{word}` knows none"
        )));
    }
    if !args.overwrite {
        free(folder)?;
    }
    let templates = templates(args.templates.as_deref())?;
    let speed = Speed { rate: args.rate, ..Speed::default() };
    let tuning = Tuning { release: args.release.clone(), speed, ..Tuning::default() };
    let plan = plan::make(around, &args.selection, &tuning, Task::Install)?.plan;
    let made = (kind.make)(&Request { plan: &plan, templates: &templates, over: args.over })
        .map_err(|what| Problem::usage(format!("nothing was written: {what}")))?;
    let files: Vec<(&str, &str)> =
        made.files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    store::write_folder(folder, &files)?;
    tell(around, &plan, &made);
    let path = |path: &str| folder.join(path).display().to_string();
    output::print(|out| made.files.iter().try_for_each(|file| writeln!(out, "{}", path(&file.path))))?;
    Ok(exit::GOOD)
}

/// The kinds, one a line.
fn list() -> Result<u8, Problem> {
    output::print(|out| {
        package::KINDS.iter().try_for_each(|kind| writeln!(out, "{:<14}{}", kind.word, kind.about))
    })?;
    Ok(exit::GOOD)
}

/// What stands against the package, and what its maker should know.
fn tell(around: &Surroundings, plan: &Plan, made: &Made) {
    // How a run would go is nothing to a package; whether its installers work is.
    let about = plan.findings.iter().filter(|finding| finding.code.starts_with("installer_"));
    for finding in about.filter(|finding| finding.level != FindingLevel::Note) {
        output::say(around.global.quiet, &format!("warning: {} [{}]", finding.message, finding.code));
    }
    for warning in &made.warnings {
        output::say(around.global.quiet, &format!("warning: {warning}"));
    }
}

/// A package among other files could not be told from them.
fn free(folder: &Path) -> Result<(), Problem> {
    let is_free = !store::is_there(folder) || (folder.is_dir() && store::below(folder)?.is_empty());
    if is_free {
        return Ok(());
    }
    let what = format!("nothing was written: `{}` is there and not empty", folder.display());
    Err(Problem::usage(what).hint("name a new folder, or write into this one with --overwrite"))
}

/// The texts of a person's folder in place of the built-in ones.
fn templates(folder: Option<&Path>) -> Result<Templates, Problem> {
    let Some(folder) = folder else { return Ok(Templates::default()) };
    let mut own = BTreeMap::new();
    for name in store::below(folder)? {
        own.insert(name.clone(), store::read_text(&folder.join(&name))?);
    }
    Templates::with(own).map_err(|unknown| {
        let named: Vec<_> = unknown.iter().map(|name| format!("`{name}`")).collect();
        let what = format!("`{}` has what no package asks for: {}", folder.display(), named.join(", "));
        let known = || BUILT_IN.iter().map(|(name, _)| *name);
        let near = unknown.first().and_then(|name| Mistake::nearest(name, known()));
        match near {
            Some(near) => Problem::usage(what).hint(format!("did you mean `{near}`?")),
            None => {
                Problem::usage(what).hint(format!("there are: {}", known().collect::<Vec<_>>().join(", ")))
            }
        }
    })
}
