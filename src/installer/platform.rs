//! What can be asked of a platform? The trait all platforms have in common.

use crate::model::{
    Class, Generation, Invocation, Note, Observation, Parameter, Platform, Product, Quote, Rule, Script,
    Shape, Slot, Step, Trace,
};

/// What the vendor's desktop table lists (Jump Client Guide, "Install on Windows, Linux, or Mac Systems").
pub(super) const ALL_PARAMETERS: &[Parameter] = Parameter::ALL;

/// What the headless and Raspberry Pi tables list up to 24.x, without the Remote Support leftovers
/// `--jc-public-site-address` and `--jc-session-policy-not-present`.
pub(super) const HEADLESS_PARAMETERS: &[Parameter] =
    &[Parameter::JumpGroup, Parameter::JumpPolicy, Parameter::Tag, Parameter::Comments];

/// The name of the step that runs the vendor's own removal.
pub const VENDORS_REMOVAL: &str = "run the vendor's removal";

/// The name of the service that we write, as it stands in paths of units and init scripts.
pub(super) const OUR_SERVICE: &str = "jumpfleet-jump-client";

/// Up to 24.x the key is a part of the file's name.
pub(super) const NO_KEY_ARGUMENT: &str = "installers of generation `bomgar` take their key from their own file name only: \
     leave the release's `key` out and keep the file's name as it was downloaded";

/// Something that a look at a host tells, and that is worth knowing although the host can take the client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remarkable {
    /// A stable word for programs, such as `privacy_profile_missing`.
    pub code: &'static str,
    /// A fragment for people, the same for every host that it is true of.
    pub text: String,
}

/// What becomes of a host whose installer ended with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It says that it succeeded; that is proved on the host.
    Success,
    /// The same, and a restart is needed or was begun.
    Restart,
    /// It says that a client is there already; the host is looked at.
    Present,
    /// It failed; the class decides whether it is tried again.
    Fails(Class),
}

/// One platform's knowledge: texts in, texts out; it never runs anything.
pub trait Installer: Sync {
    /// Which platform it is.
    fn platform(&self) -> Platform;

    /// The overrides its installer understands.
    fn accepts(&self, generation: Generation) -> &'static [Parameter];

    /// Where the client goes when the host does not say; none leaves it to the vendor's installer.
    fn default_install_dir(&self, generation: Generation, elevate: bool) -> Option<&'static str>;

    /// The marker file when the host does not say.
    fn default_marker_file(&self) -> &'static str;

    /// Why this combination cannot work on any host, each with what to write instead; empty means it can.
    fn refusals(&self, shape: &Shape) -> Vec<String>;

    /// Everything such a host hears.
    fn invocation(&self, shape: &Shape) -> Invocation;

    /// Why the host that was looked at cannot take the client.
    fn unfit(&self, shape: &Shape, seen: &Observation) -> Option<(Class, String)>;

    /// What is worth knowing of the host that was looked at, in a steady order.
    fn remarks(&self, _shape: &Shape, _seen: &Observation) -> Vec<Remarkable> {
        Vec::new()
    }

    /// What evidence of a client that runs and survives a reboot is missing; empty means proven.
    fn missing(&self, shape: &Shape, seen: &Observation) -> Vec<String>;

    /// The first trace, by the order of the rules, that shows that a client is there already.
    ///
    /// A trace of the host's own `install_dir` comes before one of the vendor's default folders.
    fn duplicate(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
        let foreign = |trace: &Trace| install_dir.is_some_and(|own| own != trace.evidence);
        seen.traces.iter().min_by_key(|trace| (trace.rule, foreign(trace))).cloned()
    }

    /// Whether two paths name the same place on such hosts.
    fn same_place(&self, one: &str, other: &str) -> bool {
        one == other
    }

    /// Whether a folder is where a client of this shape goes.
    fn is_own_folder(&self, _shape: &Shape, install_dir: Option<&str>, folder: &str) -> bool {
        install_dir.is_none_or(|own| self.same_place(own, folder))
    }

    /// The traces of the host's own client, which its removal takes away.
    ///
    /// Names do not tell whose a process or a vendor's service is where only another folder is there.
    fn own(&self, shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Vec<Trace> {
        let is_own = |trace: &Trace| self.is_own_folder(shape, install_dir, &trace.evidence);
        let folders = || seen.traces.iter().filter(|trace| trace.rule == Rule::InstallDirectory);
        let elsewhere = folders().next().is_some() && !folders().any(is_own);
        let kept = |trace: &&Trace| match trace.rule {
            Rule::OtherGeneration => false,
            Rule::InstallDirectory => is_own(trace),
            Rule::Process => !elsewhere,
            Rule::Service => !elsewhere || trace.evidence.contains(OUR_SERVICE),
            Rule::Registry | Rule::MarkerFile | Rule::Site => true,
        };
        seen.traces.iter().filter(kept).cloned().collect()
    }

    /// Why a removal leaves a client alone: it is not the plan's, or not of the run that alone is undone.
    fn spared(
        &self,
        shape: &Shape,
        install_dir: Option<&str>,
        site: &str,
        undoes: Option<&str>,
        seen: &Observation,
    ) -> Option<String> {
        marked_otherwise(self, shape, install_dir, site, undoes, seen)
    }

    /// Which other client is there that a replacement takes away; none when there is none to be replaced.
    ///
    /// A newer generation's client never is, nor one with another beside it that would have to stay.
    fn other(
        &self,
        shape: &Shape,
        install_dir: Option<&str>,
        site: &str,
        seen: &Observation,
    ) -> Option<String> {
        let known = [install_dir, seen.fact("marker_directory")];
        let in_home = |trace: &Trace| {
            let path = trace.evidence.as_str();
            (path.starts_with("/home/") || path.starts_with("/root/")) && !known.contains(&Some(path))
        };
        if seen.traces.iter().any(in_home) {
            return None;
        }
        if let Some(other) = seen.fact("marker_site").filter(|other| *other != site) {
            return Some(format!("a client of {other}"));
        }
        if let Some(other) = seen.fact("other_site") {
            // A client of ours beside it is a client that is there.
            if has(seen, Rule::Registry) {
                return None;
            }
            return Some(format!("a client of another site: {other}"));
        }
        let marked = seen.fact("marker_product").and_then(|word| word.parse::<Product>().ok());
        let older = |generation: Generation| generation < shape.generation();
        let told = marked.map(Product::generation).is_some_and(older);
        // There are two generations, so the other one of the newer one is the older one.
        let seen_older = older(Generation::Bomgar) && has(seen, Rule::OtherGeneration);
        let has_own = has(seen, Rule::Process)
            || seen.traces.iter().any(|trace| {
                trace.rule == Rule::InstallDirectory
                    && !install_dir.is_some_and(|own| self.same_place(own, &trace.evidence))
            });
        ((told || seen_older) && !has_own).then(|| format!("a client of generation `{}`", Generation::Bomgar))
    }

    /// Whether a client of either generation runs; none when not all processes could be seen.
    fn runs(&self, seen: &Observation) -> Option<bool> {
        let process = |trace: &Trace| match trace.rule {
            Rule::Process => true,
            Rule::OtherGeneration => Product::ALL.iter().any(|product| product.word() == trace.evidence),
            _ => false,
        };
        match seen.traces.iter().any(process) || seen.fact("init_status") == Some("0") {
            true => Some(true),
            false => (seen.fact("processes") == Some("all")).then_some(false),
        }
    }

    /// A folder that a failed try left, where nothing else of a client is; none where it cannot be told apart.
    fn left_over(&self, _seen: &Observation) -> Option<String> {
        None
    }

    /// What is worth knowing of a host whose client was installed or removed with this exit code.
    fn notes(&self, _status: Option<i32>, _seen: &Observation) -> Vec<Note> {
        Vec::new()
    }

    /// Whether an installer may restart the host by itself.
    fn may_restart(&self) -> bool {
        false
    }

    /// What becomes of a host whose installer ended with this exit code.
    fn ended(&self, status: i32) -> End {
        if status == 0 { End::Success } else { End::Fails(Class::InstallerFailed) }
    }

    /// What an exit code means, and what to do about it, in a fragment; none where nobody has said.
    fn meaning(&self, _status: i32) -> Option<String> {
        None
    }

    /// The class of an installer that says it succeeded and left nothing.
    fn nothing_there(&self) -> Class {
        Class::NothingInstalled
    }

    /// The name of the log that the installer writes into the staging folder.
    fn log(&self) -> Option<&'static str> {
        None
    }

    /// What kind of mishap the installer's exit code and the end of its output tell of.
    fn explain(&self, _status: i32, output: &str) -> Class {
        explain_output(output)
    }
}

/// Why the marker file says that a client is not the plan's, or not of the run that alone is undone.
pub(super) fn marked_otherwise<I: Installer + ?Sized>(
    installer: &I,
    shape: &Shape,
    install_dir: Option<&str>,
    site: &str,
    undoes: Option<&str>,
    seen: &Observation,
) -> Option<String> {
    if let Some(run) = undoes.filter(|run| seen.fact("marker_run") != Some(run)) {
        let by = match seen.fact("marker_run") {
            Some(other) => format!("but by {other}"),
            None => "as far as is known: no marker file says so".to_owned(),
        };
        return Some(format!("its client was not installed by run {run}, {by}"));
    }
    let product = shape.product.word();
    let is_own = |folder: &&str| installer.is_own_folder(shape, install_dir, folder);
    if let Some(other) = seen.fact("marker_site").filter(|other| *other != site) {
        Some(format!("its client is of {other}, not of {site}"))
    } else if let Some(other) = seen.fact("marker_product").filter(|other| *other != product) {
        Some(format!("its client is `{other}`, not `{product}`"))
    } else {
        let other = seen.fact("marker_directory").filter(|folder| !is_own(folder))?;
        Some(format!("its client was put into {other}, which is not where this plan puts it"))
    }
}

/// The refusals every platform has in common.
pub(super) fn refused_parameters(installer: &dyn Installer, shape: &Shape) -> Vec<String> {
    let generation = shape.generation();
    let accepted = installer.accepts(generation);
    let unknown = shape.parameters.iter().filter(|parameter| !accepted.contains(parameter));
    let mut refusals: Vec<String> = unknown
        .map(|parameter| {
            format!(
                "`{parameter}` is not understood by the `{}` installer of generation `{generation}`: leave it out",
                installer.platform()
            )
        })
        .collect();
    if shape.parameters.contains(&Parameter::Ephemeral)
        && shape.parameters.contains(&Parameter::MaxOfflineMinutes)
    {
        refusals.push("`jc_ephemeral` means `jc_max_offline_minutes: 5`: write only one of them".to_owned());
    }
    refusals
}

/// What a host's variables say about its client, in the order of their names.
pub(super) fn settings(shape: &Shape) -> impl Iterator<Item = Slot> {
    shape.parameters.iter().map(|parameter| Slot::Parameter(*parameter))
}

/// A step whose script ends with 0 when it went well.
pub(super) fn step(name: &str, deadline: u32, script: Script) -> Step {
    Step { name: name.to_owned(), script, deadline, success: vec![0] }
}

/// Whether a trace of this kind was seen.
pub(super) fn has(seen: &Observation, rule: Rule) -> bool {
    seen.traces.iter().any(|trace| trace.rule == rule)
}

/// The vendor documents neither exit codes nor messages of its installers, so the words decide;
/// what they do not tell stays `installer_failed`.
pub(super) fn explain_output(output: &str) -> Class {
    const SIGNS: &[(&[&str], &[&str], Class)] = &[
        (
            &[
                "no space left",
                "disk full",
                "not enough space",
                "not enough disk",
                "cannot write to the staging",
            ],
            &[""],
            Class::DiskFull,
        ),
        // "The server is currently too busy" (Jump Client Guide, messages of a site with too many sessions).
        (&["too busy"], &[""], Class::ServerBusy),
        (
            &[
                "could not get lock",
                "unable to acquire the dpkg",
                "unable to lock",
                "holding the yum lock",
                "waiting for process with pid",
                "another installation is already in progress",
            ],
            &[""],
            Class::InstallerBusy,
        ),
        (&["expired", "no longer valid", "has been invalidated"], &[""], Class::InstallerExpired),
        (
            &["not permitted", "not allowed", "overrid", "unrecognized", "unknown option", "invalid option"],
            &["jc-", "jc_", "overrid", "parameter", "option"],
            Class::OverrideRefused,
        ),
        (
            &[
                "missing",
                "not found",
                "could not find",
                "cannot find",
                "invalid",
                "unable to determine",
                "no ",
            ],
            &["key_info", "key-info", "key info", "installer key", "deployment key"],
            Class::KeyMissing,
        ),
    ];
    let lower = output.to_lowercase();
    let on_one_line = |either: &[&str], and: &[&str]| {
        lower.lines().any(|line| {
            either.iter().any(|word| line.contains(word)) && and.iter().any(|word| line.contains(word))
        })
    };
    SIGNS
        .iter()
        .find(|(either, and, _)| on_one_line(either, and))
        .map_or(Class::InstallerFailed, |(_, _, class)| *class)
}

/// The overrides of EXE, BIN and DMG installers: ` --jc-tag 'one two'`, in the order of their names.
pub(super) fn flags(mut script: Script, shape: &Shape, quote: Quote) -> Script {
    for parameter in &shape.parameters {
        script = script.text(format!(" {}", parameter.flag()));
        if !parameter.is_switch() {
            script = script.text(" ").gap(Slot::Parameter(*parameter), quote);
        }
    }
    script
}
