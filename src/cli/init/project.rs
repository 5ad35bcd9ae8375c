//! What is in a project to start from?

use std::path::Path;

use jiff::Timestamp;

use crate::cli::schema::Name;
use crate::model::Platform;

/// What is known of the project.
pub struct Project {
    /// The site's host name.
    pub site: String,
    /// When the installers stop working.
    pub expires: Option<Timestamp>,
    /// The platforms of its hosts, in their order; at least one.
    pub platforms: Vec<Platform>,
}

const GITIGNORE: &str = "\
# Installers hold the key of the site in their names.
/releases/*
!/releases/README.md
# Runs, if their folder is here (--state-dir state).
/state/
# Saved plans: a plan is made for one moment.
/plan*.json
# Keys and secrets.
/secrets/
*.key
*.pem
id_*
.env
";

impl Project {
    /// Every file: its path in the project, and its text.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![
            ("jumpfleet.yaml".to_owned(), self.settings()),
            ("inventory/hosts.yaml".to_owned(), self.hosts()),
            ("inventory/group_vars/all.yml".to_owned(), all_variables()),
        ];
        files.extend(self.platforms.iter().map(|platform| {
            (
                format!("inventory/group_vars/{platform}.yml"),
                format!("{}{}", modeline("../../", "variables"), variables(*platform)),
            )
        }));
        files.push(("releases/README.md".to_owned(), self.releases()));
        files.push((".gitignore".to_owned(), GITIGNORE.to_owned()));
        let schemas = [Name::Settings, Name::Inventory, Name::Variables];
        files.extend(schemas.map(|name| (format!("schemas/{}.json", name.word()), name.text())));
        files
    }

    /// What is to be done next, to be shown to people.
    pub fn next(&self, folder: &Path) -> String {
        let enter = match folder == Path::new(".") {
            true => String::new(),
            false => format!("  cd {}\n", folder.display()),
        };
        format!(
            "\nNext:\n{enter}  write your site and the installers' expiry into jumpfleet.yaml\n  \
             put the installers into releases/, see releases/README.md\n  \
             name your hosts in inventory/hosts.yaml\n  \
             jumpfleet lint -i inventory\n  \
             jumpfleet plan -i inventory -o plan.json"
        )
    }

    fn settings(&self) -> String {
        let expires = match self.expires {
            Some(expires) => format!("    expires: {expires}\n"),
            None => "    # expires: 2026-12-31T18:00:00Z # write it down: a plan refuses what would come too late\n".to_owned(),
        };
        let key = match self.platforms.contains(&Platform::WindowsMsi) {
            true => {
                "    key: {env: PRA_INSTALLER_KEY} # what stands behind KEY_INFO=: where it is, never the key\n"
            }
            false => "",
        };
        let files: String = self
            .platforms
            .iter()
            .map(|platform| format!("      {platform}: {}\n", file(*platform)))
            .collect();
        format!(
            "{}\
# The site, the installers, the pace. `jumpfleet lint` checks this file; paths begin where it lies.
appliance:
  site: {} # the bare host name
  model: b300 # how many clients it can hold; see also `max_clients`
  clients: 0 # how many it has already
releases:
  first: # a name of yours for one set of installers
    product: bomgar-pec # how the files' names begin; from 25.2 on `sra-pin`
{expires}{key}    overrides: [jump_group, tag] # marked \"Allow Override During Installation\" on the site
    files: # one `*` stands for the key
{files}rollout:
  release: first # what hosts without `jc_release` get
  rate: 60/min # installer starts; the vendor allows no more
  waves: [1, 10%, 100%] # one host, then a tenth, then all
  gates: auto # each wave's clients are looked at again before the next one begins
  soak: 5m
",
            modeline("", "settings"),
            self.site,
        )
    }

    fn hosts(&self) -> String {
        let groups: String = self.platforms.iter().map(|platform| group(*platform)).collect();
        format!(
            "{}\
# Who gets a client. What all hosts of a group share stands in group_vars/NAME.yml beside this file.
# A host may be in more groups; `jumpfleet inventory list -i inventory` shows what comes of it.
{groups}",
            modeline("../", "inventory"),
        )
    }

    fn releases(&self) -> String {
        let rows: String = self
            .platforms
            .iter()
            .map(|platform| {
                let name = file(*platform).trim_start_matches("releases/");
                format!("| `{platform}` | `{name}` |\n")
            })
            .collect();
        let key = match self.platforms.contains(&Platform::WindowsMsi) {
            true => "\nThe MSI has no key in its name: `key` in `jumpfleet.yaml` says where it is.\n",
            false => "",
        };
        format!(
            "# Installers

Download them from the site (*Jump > Jump Clients*) and leave their names as they are: the key is in the name.
They stay out of version control for that reason.

| Platform | File |
|---|---|
{rows}{key}
When the site is upgraded, or the installers have expired, make new ones there. Put them here in place of the old
ones, and write the new expiry into `jumpfleet.yaml`.
"
        )
    }
}

/// The line by which editors find the schema of a file.
fn modeline(up: &str, schema: &str) -> String {
    format!("# yaml-language-server: $schema={up}schemas/{schema}.json\n")
}

/// Where the installer of a platform is looked for.
fn file(platform: Platform) -> &'static str {
    match platform {
        Platform::WindowsExe => "releases/bomgar-pec-*.exe",
        Platform::WindowsMsi => "releases/bomgar-pec-win64.msi",
        Platform::LinuxService => "releases/desktop/bomgar-pec-*.bin",
        Platform::LinuxHeadless => "releases/bomgar-pec-*.bin",
        Platform::RaspberryPi => "releases/raspberry_pi/bomgar-pec-*.bin",
        Platform::MacosDmg => "releases/bomgar-pec-*.dmg",
    }
}

fn group(platform: Platform) -> String {
    let hosts = match platform {
        Platform::WindowsExe => "    desk[01:03].example.org:\n",
        Platform::WindowsMsi => "    files[01:03].example.org:\n",
        Platform::LinuxService => "    station[01:03].example.org:\n",
        Platform::LinuxHeadless => {
            "    web[01:03].example.org: # three hosts\n    db01.example.org: {ansible_host: 192.0.2.14} # where its name is no address\n"
        }
        Platform::RaspberryPi => "    screen[1:3].example.org:\n",
        Platform::MacosDmg => "    studio[01:03].example.org:\n",
    };
    format!("{platform}:\n  hosts:\n{hosts}")
}

fn all_variables() -> String {
    format!(
        "{}\
# What all hosts share; groups and hosts may say something else.
ansible_user: deploy # the login name; its key comes from the agent
jc_tag: \"{{{{ group_names | first }}}}\"
",
        modeline("../../", "variables"),
    )
}

/// What the hosts of a platform share.
fn variables(platform: Platform) -> &'static str {
    match platform {
        Platform::WindowsExe => {
            "\
# Windows with the EXE installer; the login must be an administrator.
jc_platform: windows_exe
jc_jump_group: jumpgroup:windows # `jumpgroup:` and the group's code name
"
        }
        Platform::WindowsMsi => {
            "\
# Windows with the MSI installer; the login must be an administrator.
jc_platform: windows_msi
jc_jump_group: jumpgroup:windows # `jumpgroup:` and the group's code name
"
        }
        Platform::LinuxService => {
            "\
# Linux where root installs the client as a system service.
jc_platform: linux_service
jc_jump_group: jumpgroup:linux # `jumpgroup:` and the group's code name
ansible_become: true # sudo, without a password unless ansible_become_password says where it is
"
        }
        Platform::LinuxHeadless => {
            "\
# Linux without a desktop: the client has its own folder, account and start at boot.
jc_platform: linux_headless
jc_jump_group: jumpgroup:linux # `jumpgroup:` and the group's code name
jc_user: jumpclient # the account the client runs as; it must be there
ansible_become: true # sudo, without a password unless ansible_become_password says where it is
"
        }
        Platform::RaspberryPi => {
            "\
# Raspberry Pi OS: a headless Linux with an installer file of its own.
jc_platform: raspberry_pi
jc_jump_group: jumpgroup:signage # `jumpgroup:` and the group's code name
jc_user: pi # the account the client runs as; it must be there
ansible_become: true # sudo, without a password unless ansible_become_password says where it is
"
        }
        Platform::MacosDmg => {
            "\
# macOS with Remote Login switched on.
jc_platform: macos_dmg
jc_jump_group: jumpgroup:macs # `jumpgroup:` and the group's code name
ansible_become: true # sudo, without a password unless ansible_become_password says where it is
"
        }
    }
}
