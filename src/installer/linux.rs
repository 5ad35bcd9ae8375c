//! What do the Linux platforms have in common? Facts to judge, the unit, init links and removal.

mod removal;

use crate::model::{
    Architecture, Boot, Class, Dialect, Generation, Invocation, KeySource, Observation, Parameter, Platform,
    Product, Quote, Rule, Script, Shape, Slot, Step,
};

use super::platform::{
    ALL_PARAMETERS, HEADLESS_PARAMETERS, Installer, NO_KEY_ARGUMENT, OUR_SERVICE, flags, has,
    refused_parameters, step,
};
use super::posix::{self, Lines, Unit};
use removal::{Target, removal, removal_command};

/// Name of the service jumpfleet writes: one client a host, so one fixed name.
const SERVICE: &str = OUR_SERVICE;
/// The unit of that name.
const UNIT: &str = "jumpfleet-jump-client.service";
/// Where the marker file is when the host does not say.
pub(super) const MARKER_FILE: &str = "/var/lib/jumpfleet/PRAJumpClient.txt";

const PROBE: &str = concat!(include_str!("linux/living_here.sh"), include_str!("linux/probe.sh"));
const ALONE: &str = concat!(include_str!("linux/living_here.sh"), include_str!("linux/alone.sh"));
const AWAIT: &str = concat!(include_str!("linux/living_here.sh"), include_str!("linux/await_client.sh"));
const UNIT_TEXT: &str = include_str!("../../templates/package/systemd/jumpfleet-jump-client.service");
/// What each word in double braces of the unit's text stands for.
pub(super) const UNIT_GAPS: &[(&str, Slot, Quote)] =
    &[("user", Slot::User, Quote::Bare), ("init_script", Slot::InitScript, Quote::SystemdWord)];

/// An invocation without anything to start: what a platform adds is its command and its start.
pub(super) fn invocation(shape: &Shape, unit: &Unit, command: Script, start: Vec<Step>) -> Invocation {
    // Without root its installer cannot write there, and nobody may clean up there.
    let default = if shape.elevate { default_folder(shape.product) } else { "" };
    Invocation {
        dialect: Dialect::Posix,
        probe: posix::probe(shape, unit, PROBE),
        prepare: posix::prepare(),
        digest: posix::digest(),
        ready: Some(posix::ready(shape, &begins(&command), default)),
        install: posix::install(shape, ALONE, default),
        command,
        start,
        mark: posix::mark(shape),
        removal: removal_command(shape),
        remove: removal(shape, Target::Own),
        replace: removal(shape, Target::Other),
        tidy: None,
        abandon: posix::abandon(shape, default, ""),
        clean: posix::clean(""),
    }
}

/// The command behind the word that it begins.
fn begins(command: &Script) -> Script {
    Script::new().text(": >install.begun\n").script(command)
}

/// The command line of both headless installers up to 24.x.
pub(super) fn headless_command(shape: &Shape) -> Script {
    let mut script = run_file();
    if shape.install_dir {
        script = script.text(" --install-dir ").gap(Slot::InstallDir, Quote::Posix);
    }
    if shape.user {
        script = script.text(" --user ").gap(Slot::User, Quote::Posix);
    }
    flags(script, shape, Quote::Posix)
}

/// The command line of the one Linux installer from 25.2 on; `--silent` is an error there.
pub(super) fn sra_command(shape: &Shape, headless: bool) -> Script {
    let mut script = run_file();
    if shape.key == KeySource::Argument {
        script = script.text(" --key-info ").gap(Slot::Key, Quote::Posix);
    }
    if headless {
        script = script.text(" --headless");
    }
    script = script.text(if shape.elevate { " --scope system" } else { " --scope user" });
    script = script.text(match shape.boot {
        Boot::Systemd => " --startup systemd",
        Boot::Init | Boot::None => " --startup none",
    });
    if shape.install_dir {
        script = script.text(" --install-dir ").gap(Slot::InstallDir, Quote::Posix);
    }
    if shape.user {
        script = script.text(" --session-user ").gap(Slot::User, Quote::Posix);
    }
    flags(script, shape, Quote::Posix)
}

/// Through `sh`, as the guide does it: it also works where the staging folder is mounted `noexec`.
pub(super) fn run_file() -> Script {
    Script::new().text("sh ./").gap(Slot::FileName, Quote::Posix)
}

/// The unit newer installers make, by where they install.
pub(super) fn sra_unit(shape: &Shape) -> Unit {
    if shape.install_dir { Unit::NamedAfterDirectory } else { Unit::Vendors }
}

/// Waits for a client that its installer starts by itself, after it has ended.
pub(super) fn await_client() -> Step {
    step("wait for the client", 150, Script::new().text(AWAIT))
}

/// Starts the client by its own script.
pub(super) fn start_client() -> Step {
    let script = Lines::new().slot("install_dir", Slot::InstallDir).body(include_str!("linux/start.sh"));
    step("start the client", 120, script)
}

fn write_unit() -> Step {
    let script = Script::new()
        .text(format!("unit_file=/etc/systemd/system/{UNIT}\numask 022\n"))
        .text("cat >\"$unit_file.new\" <<'END_OF_UNIT' || exit\n")
        .script(&unit())
        .text("END_OF_UNIT\n")
        .text("chmod 0644 \"$unit_file.new\" && chown 0:0 \"$unit_file.new\" || exit\n")
        .text(include_str!("linux/write_unit.sh"));
    step("write the systemd unit", 30, script)
}

/// The unit's text with its gaps.
fn unit() -> Script {
    let mut script = Script::new();
    let mut rest = UNIT_TEXT;
    while let Some((before, after)) = rest.split_once("{{ ") {
        let (word, behind) = after.split_once(" }}").unwrap_or((after, ""));
        script = script.text(before);
        for (_, slot, quote) in UNIT_GAPS.iter().filter(|(name, ..)| *name == word) {
            script = script.gap(*slot, *quote);
        }
        rest = behind;
    }
    script.text(rest)
}

fn enable_unit() -> Step {
    let script = Lines::new().word("unit", UNIT).body(include_str!("linux/enable_unit.sh"));
    step("enable and start the systemd unit", 180, script)
}

fn link_init() -> Step {
    let script = Lines::new()
        .word("name", SERVICE)
        .slot("install_dir", Slot::InstallDir)
        .body(include_str!("linux/link_init.sh"));
    step("register the init script", 60, script)
}

/// How the directories begin that the vendor's installer chooses as root.
fn default_folder(product: Product) -> &'static str {
    match product {
        Product::BomgarPec => "/opt/bomgar/bomgar-pec-",
        Product::BomgarScc => "/opt/bomgar/bomgar-scc-",
        Product::SraPin => "/opt/beyondtrust/sra-pin-",
        Product::SraScc => "/opt/beyondtrust/sra-scc-",
    }
}

/// Whether a folder is where a client of this shape goes.
pub(super) fn is_own_folder(shape: &Shape, install_dir: Option<&str>, folder: &str) -> bool {
    match install_dir {
        Some(own) => own == folder,
        None => folder.starts_with(default_folder(shape.product)),
    }
}

/// What a Linux host lacks; `arm` tells which processors the platform's installer is for.
pub(super) fn unfit(shape: &Shape, seen: &Observation, arm: bool) -> Option<(Class, String)> {
    let unfit = |text: String| Some((Class::Unfit, text));
    let os = seen.fact("os").unwrap_or("nothing known");
    if os != "Linux" {
        return unfit(format!("the host runs {os}, not Linux"));
    }
    let arch = seen.fact("arch").unwrap_or("unknown");
    if Architecture::of_machine(arch).map(Architecture::is_arm) != Some(arm) {
        return unfit(wrong_processor(arch, seen.fact("model"), arm));
    }
    posix::lacks_rights(shape, seen).or_else(|| lacks_things(shape, seen)).or_else(|| posix::lacks_room(seen))
}

fn wrong_processor(arch: &str, model: Option<&str>, arm: bool) -> String {
    let is_arm = Architecture::of_machine(arch).map(Architecture::is_arm);
    match (is_arm, model) {
        (Some(false), _) => format!(
            "the Raspberry Pi installer is for ARM processors and the host has `{arch}`: \
            write `jc_platform: linux_headless`"
        ),
        (Some(true), Some(model)) if !arm => format!(
            "the Linux installers are for Intel processors and the host has `{arch}`, it is a {model}: \
            write `jc_platform: raspberry_pi`"
        ),
        (Some(true), _) => format!(
            "the Linux installers are for Intel processors and the host has `{arch}`: \
            write `jc_platform: raspberry_pi` if it is one"
        ),
        (None, _) => format!("the vendor has no installer for processors of kind `{arch}`"),
    }
}

fn lacks_things(shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
    let text = if shape.user && seen.fact("user_exists") == Some("no") {
        "the account named by `jc_user` does not exist"
    } else if seen.fact("digest_tool") == Some("none") {
        "none of sha256sum, shasum and openssl is there to check the installer file with"
    } else if seen.fact("install_parent") == Some("read_only") {
        "the folder above the install directory cannot be written to"
    } else if seen.fact("install_parent") == Some("missing") && !shape.elevate {
        "the folder above the install directory does not exist"
    } else if needs_systemd(shape) && seen.fact("systemd") == Some("no") {
        "systemd does not run the host: write `jc_boot: init` or `jc_boot: none`"
    } else {
        return None;
    };
    Some((Class::Unfit, text.to_owned()))
}

/// Up to 24.x the vendor's service finds its own way to start, with systemd or without.
fn needs_systemd(shape: &Shape) -> bool {
    let finds_its_way = shape.platform == Platform::LinuxService && shape.generation() == Generation::Bomgar;
    shape.boot == Boot::Systemd && !finds_its_way
}

/// What a running client shows on every Linux.
pub(super) fn missing_client(seen: &Observation) -> Vec<String> {
    let mut missing = Vec::new();
    if !has(seen, Rule::InstallDirectory) {
        missing.push("no directory of the client is there".to_owned());
    }
    let own_word = seen.fact("init_status") == Some("0");
    if !has(seen, Rule::Process) && !own_word {
        missing.push(match seen.fact("processes") {
            Some("all") => "no process of the client runs".to_owned(),
            _ => "no process of the client can be seen, and other accounts' processes are hidden".to_owned(),
        });
    }
    missing
}

/// What a unit shows that runs and is started at boot.
pub(super) fn missing_unit(seen: &Observation) -> Vec<String> {
    let Some(unit) = seen.fact("unit") else {
        return vec!["no systemd unit of the client is there".to_owned()];
    };
    let mut missing = Vec::new();
    let active = seen.fact("unit_active").unwrap_or("unknown");
    if active != "active" {
        missing.push(format!("`{unit}` is {active}, not active"));
    }
    let enabled = seen.fact("unit_enabled").unwrap_or("unknown");
    // A unit that systemd makes of an init script is `generated`, started at boot all the same.
    if !matches!(enabled, "enabled" | "generated") {
        missing.push(format!("`{unit}` would not start at boot: it is {enabled}, not enabled"));
    }
    missing
}

/// What a headless client of ours shows, by its boot arrangement.
pub(super) fn missing_headless(shape: &Shape, seen: &Observation) -> Vec<String> {
    let mut missing = missing_client(seen);
    match shape.boot {
        Boot::Systemd => missing.extend(missing_unit(seen)),
        Boot::Init if shape.generation() == Generation::Bomgar && seen.fact("init_boot") != Some("yes") => {
            missing.push("no run level starts the client at boot".to_owned());
        }
        Boot::Init | Boot::None => {}
    }
    missing
}

/// Why a headless client of this shape cannot be installed, on either processor.
pub(super) fn headless_refusals(installer: &dyn Installer, shape: &Shape) -> Vec<String> {
    let mut refusals = refused_parameters(installer, shape);
    let mut refuse = |when: bool, text: &str| {
        if when {
            refusals.push(text.to_owned());
        }
    };
    let bomgar = shape.generation() == Generation::Bomgar;
    let root = shape.elevate;
    refuse(
        bomgar && root && !shape.user,
        "as root, the headless installer wants an account: write `jc_user`",
    );
    refuse(!root && shape.user, "`jc_user` needs root: write `ansible_become: true`, or leave `jc_user` out");
    refuse(
        !root && !shape.install_dir,
        "without root there is no default folder: write `jc_install_dir`, a new folder in the login's home",
    );
    refuse(
        !root && shape.boot != Boot::None,
        "without root nothing can be arranged at boot: write `ansible_become: true` or `jc_boot: none`",
    );
    refuse(!bomgar && shape.boot == Boot::Init, NO_INIT);
    refuse(bomgar && shape.key == KeySource::Argument, NO_KEY_ARGUMENT);
    refusals
}

/// From 25.2 on the installer arranges the start itself.
pub(super) const NO_INIT: &str =
    "installers of generation `sra` know no init scripts: write `jc_boot: systemd` or `jc_boot: none`";
/// Everything a headless host hears, on either processor.
pub(super) fn headless_invocation(shape: &Shape) -> Invocation {
    match shape.generation() {
        Generation::Bomgar => {
            let start = match shape.boot {
                Boot::Systemd => vec![write_unit(), enable_unit()],
                Boot::Init => vec![link_init(), start_client()],
                Boot::None => vec![start_client()],
            };
            let unit = if shape.boot == Boot::Systemd { Unit::Named(UNIT) } else { Unit::Vendors };
            invocation(shape, &unit, headless_command(shape), start)
        }
        Generation::Sra => invocation(shape, &sra_unit(shape), sra_command(shape, true), sra_start(shape)),
    }
}

/// Newer installers start the client themselves, unless they were told to arrange nothing.
pub(super) fn sra_start(shape: &Shape) -> Vec<Step> {
    let own_script = Lines::new()
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("default", default_folder(shape.product))
        .body(include_str!("linux/start_if_stopped.sh"));
    match shape.boot {
        Boot::Systemd => vec![await_client()],
        Boot::Init | Boot::None => vec![step("start the client", 120, own_script), await_client()],
    }
}

/// Where a headless client goes when the host does not say.
pub(super) fn headless_install_dir(generation: Generation, elevate: bool) -> Option<&'static str> {
    // Newer installers choose a folder themselves, and name their unit after it.
    (generation == Generation::Bomgar && elevate).then_some("/opt/jumpclient")
}

/// The overrides a headless installer understands.
pub(super) fn headless_parameters(generation: Generation) -> &'static [Parameter] {
    match generation {
        Generation::Bomgar => HEADLESS_PARAMETERS,
        Generation::Sra => ALL_PARAMETERS,
    }
}
