//! How do the nouns look to programs that are not ours? JSON Schemas of what is written in a form of its own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{Parameter, Portion, Rate, Slot, Window};

/// Turns words that are described one by one into one list, with what each means in the description.
///
/// Maps whose keys are such words know them only in this form.
pub fn words(schema: &mut Schema) {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let word = |choice: &Value| Some((choice.get("const")?.as_str()?.to_owned(), about(choice)));
    let listed = choices.iter().flat_map(|choice| match choice.get("enum").and_then(Value::as_array) {
        Some(plain) => plain.iter().map(|word| Some((word.as_str()?.to_owned(), String::new()))).collect(),
        None => vec![word(choice)],
    });
    let Some(listed) = listed.collect::<Option<Vec<_>>>() else { return };
    let meanings = listed.iter().filter(|(_, about)| !about.is_empty());
    let meanings: String = meanings.map(|(word, about)| format!("\n* `{word}`: {about}")).collect();
    let mut description = about(schema.as_value());
    if !meanings.is_empty() {
        description = format!("{description}\n{meanings}");
    }
    let words: Vec<String> = listed.into_iter().map(|(word, _)| word).collect();
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), words.into());
    schema.insert("description".to_owned(), description.into());
}

fn about(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Rate {
    /// What a rate looks like, as a regular expression.
    pub const PATTERN: &'static str =
        "^\\s*\\+?0*[1-9][0-9]*\\s*/\\s*(s|sec|second|m|min|minute|h|hour)\\s*$";
}

impl Portion {
    /// What a portion looks like, as a regular expression.
    pub const PATTERN: &'static str = "^\\s*\\+?0*([1-9][0-9]*|([1-9][0-9]?|100)\\s*%)\\s*$";
}

impl Window {
    /// What a maintenance window looks like, as a regular expression; time zones are known to the database only.
    pub const PATTERN: &'static str = concat!(
        "^\\s*(daily|",
        "([Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn]|[,-])+)",
        "\\s+([01]?[0-9]|2[0-3]):[0-5]?[0-9]-(([01]?[0-9]|2[0-3]):[0-5]?[0-9]|24:00)",
        "\\s+[A-Za-z][A-Za-z0-9_+/-]*\\s*$"
    );
}

macro_rules! text_of_a_form {
    ($type:ident, $name:literal, $about:literal, $($example:literal),+) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $about,
                    "pattern": Self::PATTERN,
                    "examples": [$($example),+],
                })
            }
        }
    };
}

text_of_a_form!(Rate, "Rate", "Installer starts per time.", "60/min", "1/s", "3600/h");
text_of_a_form!(Portion, "Portion", "A number of hosts, or a share of them.", "5", "10%");
text_of_a_form!(
    Window,
    "Window",
    "A maintenance window.",
    "sat 22:00-04:00 Europe/Madrid",
    "daily 00:00-24:00 UTC"
);

impl JsonSchema for Slot {
    fn schema_name() -> Cow<'static, str> {
        "Slot".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let parameters = Parameter::ALL.iter().map(|parameter| parameter.word());
        let words: Vec<&str> = Self::plain_words().chain(parameters).collect();
        json_schema!({
            "type": "string",
            "description": "A gap in a script that each host fills with its own value.",
            "enum": words,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::model::{Class, GateKind};

    #[test]
    fn words_are_one_list_that_says_what_each_means() {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<GateKind>();
        assert_eq!(schema.get("enum"), Some(&serde_json::json!(["auto", "manual", "none"])));
        let about = about(schema.as_value());
        assert!(about.contains("* `manual`: A person."), "{about}");
        let mut generator = SchemaGenerator::default();
        let map = <std::collections::BTreeMap<Class, u32>>::json_schema(&mut generator);
        assert_eq!(map.get("additionalProperties"), Some(&Value::Bool(false)), "{map:?}");
    }

    fn agrees<T: std::str::FromStr>(text: &str, pattern: &str, exactly: bool) -> Result<(), String> {
        let looks = Regex::new(pattern).unwrap().is_match(text);
        let is = text.parse::<T>().is_ok();
        let right = if exactly { looks == is } else { looks || !is };
        if right { Ok(()) } else { Err(format!("`{text}`: looks {looks}, is {is}")) }
    }

    #[test]
    fn what_is_one_looks_like_one() {
        for text in ["5", "+5", "05", "10%", "100 %", " 1% ", "0", "0%", "101%", "-1", "1.5%", "", "%", "5 5"]
        {
            agrees::<Portion>(text, Portion::PATTERN, true).unwrap();
        }
        for text in ["60/min", "1 / s", "+6/m", "007/hour", "0/min", "60", "6/day", "x/min", "1.5/s", "/min"]
        {
            agrees::<Rate>(text, Rate::PATTERN, true).unwrap();
        }
        for text in [
            "sat 22:00-04:00 Europe/Madrid",
            "MON-fri,sun 1:5-24:00 UTC",
            "daily 00:00-24:00 UTC",
            "sat 22:00-04:00",
            "saturday 22:00-04:00 UTC",
            "sat 22:00-25:00 UTC",
            "sat 24:00-01:00 UTC",
            "sat 22:00 UTC",
            "sat  22:00-04:00  Etc/GMT+3",
        ] {
            agrees::<Window>(text, Window::PATTERN, true).unwrap();
        }
    }

    proptest! {
        #[test]
        fn no_right_text_is_refused(portion in "[+ 0-9]{0,4}[ %]{0,2}", rate in "[+ 0-9]{0,3}/ ?(s|m|min|h|hour|day)",
                                    days in "(daily|mon|Tue-fri|sat,sun|mon-)", times in "[0-2]?[0-9]:[0-6]?[0-9]-[0-2]?[0-9]:[0-6]?[0-9]") {
            agrees::<Portion>(&portion, Portion::PATTERN, false).map_err(TestCaseError::fail)?;
            agrees::<Rate>(&rate, Rate::PATTERN, false).map_err(TestCaseError::fail)?;
            agrees::<Window>(&format!("{days} {times} UTC"), Window::PATTERN, false).map_err(TestCaseError::fail)?;
        }
    }
}
