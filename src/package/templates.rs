//! Which text is filled: the built-in one, or the person's own in its place?

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The built-in texts by their names, which are their paths below `templates/package/`.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("gpo/README.md", include_str!("../../templates/package/gpo/README.md")),
    ("gpo/startup.cmd", include_str!("../../templates/package/gpo/startup.cmd")),
    ("intune/README.md", include_str!("../../templates/package/intune/README.md")),
    ("pdq/README.md", include_str!("../../templates/package/pdq/README.md")),
    ("pdq/command.txt", include_str!("../../templates/package/pdq/command.txt")),
    ("sccm/README.md", include_str!("../../templates/package/sccm/README.md")),
    ("sccm/condition.ps1", include_str!("../../templates/package/sccm/condition.ps1")),
    ("windows/codes.md", include_str!("../../templates/package/windows/codes.md")),
    ("windows/detect.ps1", include_str!("../../templates/package/windows/detect.ps1")),
    ("windows/install.cmd", include_str!("../../templates/package/windows/install.cmd")),
    ("windows/slot.cmd", include_str!("../../templates/package/windows/slot.cmd")),
    ("windows/traces.md", include_str!("../../templates/package/windows/traces.md")),
    ("windows/uninstall.cmd", include_str!("../../templates/package/windows/uninstall.cmd")),
    ("ansible/README.md", include_str!("../../templates/package/ansible/README.md")),
    ("ansible/defaults.yml", include_str!("../../templates/package/ansible/defaults.yml")),
    ("ansible/install.sh", include_str!("../../templates/package/ansible/install.sh")),
    ("ansible/meta.yml", include_str!("../../templates/package/ansible/meta.yml")),
    ("ansible/tasks.yml", include_str!("../../templates/package/ansible/tasks.yml")),
    ("golden-image/README.md", include_str!("../../templates/package/golden-image/README.md")),
    (
        "golden-image/SetupComplete.cmd",
        include_str!("../../templates/package/golden-image/SetupComplete.cmd"),
    ),
    ("golden-image/first-boot.cmd", include_str!("../../templates/package/golden-image/first-boot.cmd")),
    ("golden-image/install.cmd", include_str!("../../templates/package/golden-image/install.cmd")),
    ("golden-image/windows.md", include_str!("../../templates/package/golden-image/windows.md")),
    ("golden-image/first-boot.sh", include_str!("../../templates/package/golden-image/first-boot.sh")),
    (
        "golden-image/jumpfleet-first-boot.service",
        include_str!("../../templates/package/golden-image/jumpfleet-first-boot.service"),
    ),
    ("golden-image/linux.md", include_str!("../../templates/package/golden-image/linux.md")),
    ("golden-image/stage.sh", include_str!("../../templates/package/golden-image/stage.sh")),
    ("golden-image/user-data.yaml", include_str!("../../templates/package/golden-image/user-data.yaml")),
    ("jamf/README.md", include_str!("../../templates/package/jamf/README.md")),
    ("jamf/jump-client.sh", include_str!("../../templates/package/jamf/jump-client.sh")),
    ("login-items/README.md", include_str!("../../templates/package/login-items/README.md")),
    ("posix/visit.sh", include_str!("../../templates/package/posix/visit.sh")),
    ("pppc/README.md", include_str!("../../templates/package/pppc/README.md")),
    ("systemd/README.md", include_str!("../../templates/package/systemd/README.md")),
    (
        "systemd/jumpfleet-jump-client.service",
        include_str!("../../templates/package/systemd/jumpfleet-jump-client.service"),
    ),
];

/// What a template is filled with, by name.
pub(super) type Values<'a> = [(&'a str, String)];

/// The texts that are filled.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: BTreeMap<String, String>,
}

impl Templates {
    /// The built-in texts, and a person's own in place of those of the same name.
    ///
    /// # Errors
    /// The names that no built-in text has.
    pub fn with(own: BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        let is_known = |name: &String| BUILT_IN.iter().any(|(known, _)| known == name);
        let unknown: Vec<String> = own.keys().filter(|name| !is_known(name)).cloned().collect();
        if unknown.is_empty() { Ok(Self { own }) } else { Err(unknown) }
    }

    /// A text with its values in it: `{{ name }}` stands for the value of this name.
    ///
    /// # Errors
    /// A name that has no value, or a sign that is not closed.
    pub(super) fn fill(&self, name: &str, values: &Values<'_>) -> Result<String, String> {
        let wrong = |what: String| format!("the template `{name}` {what}");
        let text = self.text(name)?;
        let mut filled = String::with_capacity(text.len());
        let mut rest = &*text;
        while let Some((before, after)) = rest.split_once("{{ ") {
            let (word, behind) = after
                .split_once(" }}")
                .ok_or_else(|| wrong("opens `{{` and does not close it".to_owned()))?;
            let value = values.iter().find(|(known, _)| *known == word).ok_or_else(|| {
                let known: Vec<_> = values.iter().map(|(known, _)| *known).collect();
                wrong(format!("asks for `{word}`; it may ask for: {}", known.join(", ")))
            })?;
            filled.push_str(before);
            filled.push_str(&value.1);
            rest = behind;
        }
        Ok(filled + rest)
    }

    /// A text as it is, for files whose braces are another tool's.
    pub(super) fn text(&self, name: &str) -> Result<Cow<'_, str>, String> {
        let own = self.own.get(name).map(String::as_str);
        let built_in = || BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        own.or_else(built_in).map(Cow::Borrowed).ok_or_else(|| format!("there is no template `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Templates {
        Templates::with([("pppc/README.md".to_owned(), text.to_owned())].into()).unwrap()
    }

    #[test]
    fn a_value_stands_where_its_name_stood_and_is_never_read_again() {
        let values = [("site", "{{ file }}".to_owned()), ("file", "x".to_owned())];
        let filled = with("{{ site }} and {{ file }}, {{site}} {% %}").fill("pppc/README.md", &values);
        assert_eq!(filled.as_deref(), Ok("{{ file }} and x, {{site}} {% %}"));
    }

    #[test]
    fn mistakes_name_the_template() {
        let wrong = |text: &str| with(text).fill("pppc/README.md", &[("site", String::new())]).unwrap_err();
        assert_eq!(wrong("{{ sit }}"), "the template `pppc/README.md` asks for `sit`; it may ask for: site");
        assert_eq!(wrong("{{ site"), "the template `pppc/README.md` opens `{{` and does not close it");
        let own = [("pppc/readme.md".to_owned(), String::new())].into();
        assert_eq!(Templates::with(own).unwrap_err(), ["pppc/readme.md"]);
    }
}
