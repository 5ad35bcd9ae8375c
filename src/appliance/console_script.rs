//! What does the access console have to hear so that it starts a session? A line for a BRCS file, or an address.

use super::call::percent;

/// The longest text of a search, in characters (API guide, `start_jump_item_session`).
const LONGEST: usize = 255;

/// The longest value of a custom field, in characters, and the most of all of them together, in bytes.
const LONGEST_FIELD: usize = 1024;
const MOST_FIELDS: usize = 10 * 1024;

/// What the names of custom fields begin with.
const PREFIX: &str = "session.custom.";

/// What is to be started: each parameter and its value.
#[derive(Debug, Default)]
pub struct ConsoleScript(Vec<(String, String)>);

impl ConsoleScript {
    /// Adds what Jump Items are searched by, such as `client.hostname`; the console compares parts of it, in capital
    /// and small letters alike.
    ///
    /// The error says that it is empty or too long.
    pub fn search(&mut self, name: &str, value: &str) -> Result<(), String> {
        if value.is_empty() || value.chars().count() > LONGEST {
            return Err(format!("`{name}` takes 1 to {LONGEST} characters"));
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Adds the value of a custom field of the session, by the field's code name.
    ///
    /// The error says that it is no code name, or too long.
    pub fn custom(&mut self, code: &str, value: &str) -> Result<(), String> {
        let fits = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
        if code.is_empty() || !code.chars().all(fits) {
            return Err(format!("`{code}` is no code name of a custom field"));
        }
        if value.chars().count() > LONGEST_FIELD {
            return Err(format!("the custom field `{code}` takes {LONGEST_FIELD} characters at most"));
        }
        self.0.push((format!("{PREFIX}{code}"), value.to_owned()));
        let fields = self.0.iter().filter(|(name, _)| name.starts_with(PREFIX));
        let size: usize = fields.map(|(name, value)| name.len() - PREFIX.len() + value.len()).sum();
        if size > MOST_FIELDS {
            return Err(format!("custom fields have {MOST_FIELDS} bytes at most in all"));
        }
        Ok(())
    }

    /// The line that starts the session (RFC 3986, 2.1).
    fn line(&self) -> String {
        let mut line = "action=start_jump_item_session".to_owned();
        for (name, value) in &self.0 {
            line.extend(["&", name, "=", &percent(value)]);
        }
        line
    }

    /// A file that the access console opens.
    pub fn file(&self) -> String {
        format!("BRCS1.0\n{}\n", self.line())
    }

    /// The address at which the site hands such a file out.
    pub fn address(&self, site: &str) -> String {
        format!("https://{site}/api/client_script?type=rep&operation=generate&{}", self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_held_to_their_limits() {
        let mut script = ConsoleScript::default();
        script.search("client.hostname", "web 1&ä").unwrap();
        script.search("jump.method", "pinned").unwrap();
        script.custom("ticket_1", "a=b\nc").unwrap();
        let line = "action=start_jump_item_session&client.hostname=web%201%26%C3%A4&jump.method=pinned&\
                    session.custom.ticket_1=a%3Db%0Ac";
        assert_eq!(script.file(), format!("BRCS1.0\n{line}\n"));
        let address = format!("https://a.example/api/client_script?type=rep&operation=generate&{line}");
        assert_eq!(script.address("a.example"), address);
        assert!(
            script.search("client.tag", &"x".repeat(256)).is_err()
                && script.search("client.tag", "").is_err()
        );
        assert!(script.search("client.tag", &"ä".repeat(255)).is_ok());
        assert!(script.custom("a b", "x").is_err() && script.custom("a", &"x".repeat(1025)).is_err());
        let added = (0..11).map(|number| script.custom(&format!("f{number}"), &"x".repeat(1024)));
        assert!(added.last().unwrap().is_err());
    }
}
