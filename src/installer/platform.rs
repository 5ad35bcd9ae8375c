//! What can be asked of a platform? The trait all platforms have in common.

use crate::model::{
    Class, Generation, Invocation, Observation, Parameter, Platform, Product, Quote, Rule, Script, Shape,
    Slot, Step, Trace,
};

/// What the vendor's desktop table lists (Jump Client Guide, "Install on Windows, Linux, or Mac Systems").
pub(super) const ALL_PARAMETERS: &[Parameter] = Parameter::ALL;

/// What the headless and Raspberry Pi tables list up to 24.x, without the Remote Support leftovers
/// `--jc-public-site-address` and `--jc-session-policy-not-present`.
pub(super) const HEADLESS_PARAMETERS: &[Parameter] =
    &[Parameter::JumpGroup, Parameter::JumpPolicy, Parameter::Tag, Parameter::Comments];

/// Up to 24.x the key is a part of the file's name.
pub(super) const NO_KEY_ARGUMENT: &str = "installers of generation `bomgar` take their key from their own file name only: \
     leave the release's `key` out and keep the file's name as it was downloaded";

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

    /// What evidence of a client that runs and survives a reboot is missing; empty means proven.
    fn missing(&self, shape: &Shape, seen: &Observation) -> Vec<String>;

    /// The first trace, by the order of the rules, that shows that a client is there already.
    ///
    /// A trace of the host's own `install_dir` comes before one of the vendor's default folders.
    fn duplicate(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
        let foreign = |trace: &Trace| install_dir.is_some_and(|own| own != trace.evidence);
        seen.traces.iter().min_by_key(|trace| (trace.rule, foreign(trace))).cloned()
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

    /// What kind of mishap the installer's exit code and the end of its output tell of.
    fn explain(&self, _status: i32, output: &str) -> Class {
        explain_output(output)
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
