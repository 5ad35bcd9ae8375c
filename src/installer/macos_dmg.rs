//! What does a Mac hear?

use crate::model::{
    Boot, Class, Dialect, Generation, Invocation, KeySource, Observation, Parameter, Platform, Product,
    Quote, Rule, Script, Shape, Slot, Step,
};

use super::platform::{
    ALL_PARAMETERS, Installer, NO_KEY_ARGUMENT, Remarkable, VENDORS_REMOVAL, flags, has, marked_otherwise,
    refused_parameters, step,
};
use super::posix::{self, Lines, Unit};

/// The shell function that lists its folders.
macro_rules! folders {
    () => {
        include_str!("macos/folders.sh")
    };
}

/// The shell functions that tell what shows a client.
macro_rules! client {
    () => {
        concat!(folders!(), include_str!("macos/client.sh"))
    };
}

/// The shell function that lists its launch daemons.
macro_rules! daemons {
    () => {
        include_str!("macos/daemons.sh")
    };
}

/// The shell function that closes the disk image.
macro_rules! close_image {
    () => {
        include_str!("macos/close_image.sh")
    };
}

/// Closes the disk image where its installer was ended before it could.
const CLOSE: &str = concat!(close_image!(), "close_image\n");

/// The team that signs the vendor's clients (Jump Client guide, "Configure Managed Login Items").
const TEAM: &str = "B65TM49E24";

/// macOS: a disk image with `sdcust` inside; what a user must allow afterwards is in the profiles of `templates/`.
pub(super) struct MacosDmg;

impl Installer for MacosDmg {
    fn platform(&self) -> Platform {
        Platform::MacosDmg
    }

    fn accepts(&self, _generation: Generation) -> &'static [Parameter] {
        ALL_PARAMETERS
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        "/Library/Application Support/jumpfleet/PRAJumpClient.txt"
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        let mut refusals = refused_parameters(self, shape);
        let mut refuse = |when: bool, text: &str| {
            if when {
                refusals.push(text.to_owned());
            }
        };
        let bomgar = shape.generation() == Generation::Bomgar;
        refuse(!shape.elevate, "sdcust is run by root: write `ansible_become: true`");
        refuse(shape.install_dir, "the macOS installer takes no folder: leave `jc_install_dir` out");
        refuse(shape.user, "`jc_user` is for headless Linux clients: leave it out on macOS");
        refuse(shape.boot != Boot::Systemd, "`jc_boot` is for headless Linux clients: leave it out on macOS");
        refuse(bomgar && shape.key == KeySource::Argument, NO_KEY_ARGUMENT);
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        let command = command(shape);
        Invocation {
            dialect: Dialect::Posix,
            probe: posix::probe(
                shape,
                &Unit::Vendors,
                concat!(client!(), daemons!(), include_str!("macos/probe.sh")),
            ),
            prepare: posix::prepare(),
            digest: posix::digest(),
            ready: Some(posix::ready(shape, &inside_image(&command), "")),
            install: posix::install(shape, concat!(client!(), include_str!("macos/alone.sh")), ""),
            command,
            start: Vec::new(),
            mark: posix::mark(shape),
            removal: Script::new().text("\"$sdcust\" -uninstall silent"),
            remove: removal(shape, "own"),
            replace: removal(shape, "other"),
            tidy: None,
            abandon: posix::abandon(shape, "", CLOSE),
            clean: posix::clean(CLOSE),
        }
    }

    fn unfit(&self, shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        let os = seen.fact("os").unwrap_or("nothing known");
        if os != "Darwin" {
            return Some((Class::Unfit, format!("the host runs {os}, not macOS")));
        }
        posix::lacks_rights(shape, seen).or_else(|| posix::lacks_room(seen))
    }

    fn missing(&self, _shape: &Shape, seen: &Observation) -> Vec<String> {
        let mut missing = Vec::new();
        if !has(seen, Rule::InstallDirectory) {
            missing.push("no application of the client is there".to_owned());
        }
        if !has(seen, Rule::Process) {
            missing.push("no process of the client runs".to_owned());
        }
        if seen.fact("unit").is_none() {
            missing.push("no launch daemon of the client is there".to_owned());
        } else if seen.fact("unit_active") != Some("active") {
            missing.push("the client's launch daemon is not loaded".to_owned());
        }
        missing
    }

    /// Names do not tell the vendor's clients apart on a Mac, so only what our marker file tells of is removed.
    fn spared(
        &self,
        shape: &Shape,
        install_dir: Option<&str>,
        site: &str,
        undoes: Option<&str>,
        seen: &Observation,
    ) -> Option<String> {
        let folders = folders(seen);
        marked_otherwise(self, shape, install_dir, site, undoes, seen).or_else(|| {
            let named =
                folders.iter().find_map(|folder| named_site(folder)).filter(|named| !is_site(named, site));
            match (seen.fact("marker_site"), named) {
                (None, _) => {
                    Some("no marker file says that its client was installed by jumpfleet".to_owned())
                }
                (_, Some(named)) => Some(format!("its client is of {named}, not of {site}")),
                _ if folders.len() > 1 => {
                    Some(format!("{} clients are there, and not all are this plan's", folders.len()))
                }
                _ => None,
            }
        })
    }

    /// The site of a client is told by a newer application's name, or by our marker file. Of several clients the removal
    /// itself takes none.
    fn other(
        &self,
        _shape: &Shape,
        _install_dir: Option<&str>,
        site: &str,
        seen: &Observation,
    ) -> Option<String> {
        let named = match folders(seen)[..] {
            [folder] => named_site(folder),
            _ => None,
        };
        let told = named.or_else(|| seen.fact("marker_site"));
        told.filter(|told| !is_site(told, site)).map(|told| format!("a client of {told}"))
    }

    fn remarks(&self, shape: &Shape, seen: &Observation) -> Vec<Remarkable> {
        let bundle = bundle(shape.product);
        let lacks = |fact: &str, wanted: &str| {
            seen.fact(fact).is_some_and(|there| !there.split(' ').any(|one| one == wanted))
        };
        let mut remarks = Vec::new();
        if lacks("privacy_profiles", bundle) {
            let text = format!(
                "no device management profile allows `{bundle}` accessibility and full disk access: users there have \
                 to allow both by hand"
            );
            remarks.push(Remarkable { code: "privacy_profile_missing", text });
        }
        if lacks("login_item_profiles", TEAM) && manages_login_items(seen) {
            let text = format!(
                "no device management profile manages the login items of team `{TEAM}`: users there can switch the \
                 client off"
            );
            remarks.push(Remarkable { code: "login_item_profile_missing", text });
        }
        remarks
    }
}

/// The folders of clients that were seen.
fn folders(seen: &Observation) -> Vec<&str> {
    let folders = seen.traces.iter().filter(|trace| trace.rule == Rule::InstallDirectory);
    folders.map(|trace| trace.evidence.as_str()).collect()
}

/// The site in the name of an application, which has one from 26.x on.
fn named_site(folder: &str) -> Option<&str> {
    folder.strip_prefix("/Applications/BeyondTrust Jump Client - ")?.strip_suffix(".app")
}

fn is_site(told: &str, site: &str) -> bool {
    told.eq_ignore_ascii_case(site)
}

/// The bundle that users allow to see the screen: the guide names the one of `pec`, documents since 25.x `scc`.
fn bundle(product: Product) -> &'static str {
    match product {
        Product::BomgarPec => "com.bomgar.bomgar-pec",
        Product::BomgarScc | Product::SraPin | Product::SraScc => "com.bomgar.bomgar-scc",
    }
}

/// Since macOS 13 users see and switch what is started in the background.
fn manages_login_items(seen: &Observation) -> bool {
    let major = seen.fact("distribution").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_none_or(|major| major >= 13)
}

/// `sdcust` is found at run time: the application's name and the volume's name differ between versions.
fn command(shape: &Shape) -> Script {
    let mut script = Script::new().text("\"$sdcust\" --silent");
    if shape.key == KeySource::Argument {
        script = script.text(" --key-info ").gap(Slot::Key, Quote::Posix);
    }
    flags(script, shape, Quote::Posix)
}

/// The command between opening and closing the disk image, in a subshell whose end always closes it.
fn inside_image(command: &Script) -> Script {
    let opened = Lines::new().slot("file_name", Slot::FileName).body(concat!(
        client!(),
        daemons!(),
        close_image!(),
        include_str!("macos/open_image.sh")
    ));
    Script::new()
        .text("(\n")
        .script(&opened)
        .script(command)
        .text("\n")
        .text(include_str!("macos/await_client.sh"))
        .text(")")
}

/// The vendor's removal of the one client that is there: our own, or another in whose place our own comes.
fn removal(shape: &Shape, which: &str) -> Vec<Step> {
    let remove = Lines::new().word("which", which).slot("site", Slot::Site).body(concat!(
        folders!(),
        daemons!(),
        include_str!("macos/alone_there.sh"),
        include_str!("macos/remove.sh")
    ));
    let mut steps = vec![
        step(VENDORS_REMOVAL, 300, remove),
        step(
            "remove what launchd still holds",
            60,
            Script::new().text(concat!(daemons!(), include_str!("macos/boot_out.sh"))),
        ),
    ];
    if shape.marker {
        steps.push(posix::unmark());
    }
    steps
}
