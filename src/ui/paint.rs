//! What do colours mean? Every line reads the same without them.

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It went as it should.
    Good,
    /// It went wrong.
    Bad,
    /// Somebody should look, or is waited for.
    Care,
    /// What matters most.
    Strong,
}

/// Whether colours are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paint {
    /// Whether they are.
    pub on: bool,
}

impl Paint {
    /// The text in the colour of its meaning.
    pub fn paint(self, meaning: Option<Meaning>, text: &str) -> String {
        // SGR parameters of ECMA-48: 31 red, 32 green, 33 yellow, 1 bold.
        let code = match meaning.filter(|_| self.on) {
            None => return text.to_owned(),
            Some(Meaning::Good) => "32",
            Some(Meaning::Bad) => "31",
            Some(Meaning::Care) => "33",
            Some(Meaning::Strong) => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_nothing_is_added() {
        assert_eq!(Paint { on: false }.paint(Some(Meaning::Bad), "failed"), "failed");
        assert_eq!(Paint { on: true }.paint(None, "failed"), "failed");
        assert_eq!(Paint { on: true }.paint(Some(Meaning::Bad), "failed"), "\u{1b}[31mfailed\u{1b}[0m");
    }
}
