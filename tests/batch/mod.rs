//! What is wrong with a batch file? cmd.exe has no checker, so these rules are our own.

mod origin;
mod reader;
mod rules;

pub use rules::flaws;

/// What is wrong with files, a line each: file, line, rule.
pub fn told<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> String {
    let lines = files.into_iter().flat_map(|(name, bytes)| {
        let told = move |flaw: rules::Flaw| format!("{name}:{}: {}: {}\n", flaw.line, flaw.rule, flaw.what);
        flaws(bytes).into_iter().map(told)
    });
    lines.collect()
}
