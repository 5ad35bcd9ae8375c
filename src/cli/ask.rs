//! Does the person at the terminal agree?

use std::io::{BufRead, IsTerminal, Write};

use super::Problem;

/// What is asked before something is done that cannot be taken back.
pub struct Question<'q> {
    /// The question, with its mark.
    pub text: &'q str,
    /// What `--yes` would do, for whoever has no terminal: `delete it`.
    pub deed: &'q str,
    /// What is said to a no.
    pub declined: &'q str,
}

impl Question<'_> {
    /// Asks; only `y` and `yes` are a yes.
    ///
    /// # Errors
    /// [`Problem::Stale`] for anything else, and where nobody is there; a terminal that cannot be read.
    pub fn ask(&self) -> Result<(), Problem> {
        if !std::io::stdin().is_terminal() {
            return Err(Problem::stale("nobody is there to be asked")
                .hint(format!("add --yes to {} unasked", self.deed)));
        }
        let mut err = std::io::stderr().lock();
        let asked = write!(err, "{} [y/N] ", self.text).and_then(|()| err.flush());
        let mut answer = String::new();
        match asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer)) {
            Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
            Ok(_) => Err(Problem::stale(self.declined)),
            Err(error) => Err(Problem::tool(format!("cannot ask: {error}"))),
        }
    }
}
