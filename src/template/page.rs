//! How does one of our own pages get its values, so that a stranger's text can never become markup?

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

/// Fills a page of HTML that is part of jumpfleet; every value is escaped for texts and quoted attributes.
///
/// # Errors
///
/// What is wrong with the page, such as a name without a value; a value is never the cause.
pub fn page(source: &str, values: &impl Serialize) -> Result<String, String> {
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    engine.set_syntax(syntax.map_err(|error| error.to_string())?);
    engine.render_str(source, Serde(values)).map_err(|error| format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_value_is_text_and_a_missing_one_an_error() {
        let values = BTreeMap::from([("name", "</p><b title='\"'>&")]);
        let filled = page("<p title=\"{{ name }}\">{{ name }}</p>", &values).unwrap();
        assert_eq!(filled.matches('<').count(), 2, "{filled}");
        assert_eq!(filled.matches('"').count(), 2, "{filled}");
        assert!(filled.contains("&amp;") && filled.contains("&#x27;"), "{filled}");
        assert!(page("{{ nobody }}", &values).is_err());
    }
}
