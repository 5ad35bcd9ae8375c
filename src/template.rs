//! What does `{{ name }}` come to for one host? The door to the template engine.
//!
//! Text without template signs never comes here. Names that no variable has are a failure, never
//! an empty text. A variable that is a template itself is worked out first, and rings are found.

mod bounds;
mod page;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex};

use minijinja::value::{Object, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Data};

use crate::model::{Mistake, Value};
pub use page::page;

/// How many templates may lead from one to the next.
const DEPTH: usize = 10;

/// The most bytes of a template: the engine goes one call deeper for each sign of a long sum.
const LONGEST: usize = 2000;

/// The most bytes a template may come to.
const LARGEST: usize = 256 * 1024;

/// How many instructions of the engine one template may take.
const FUEL: u64 = 50_000;

/// How often templates may be tried for one value, with all that it leads to.
const TRIES: usize = 1000;

/// How many compiled templates are kept for the next host.
const KEPT: usize = 4096;

/// Whether a text has to be worked out.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Whether a value is or contains a text that has to be worked out.
pub fn is_template_value(value: &Value) -> bool {
    match value {
        Value::Text(text) => is_template(text),
        Value::List(items) => items.iter().any(is_template_value),
        Value::Map(entries) => entries.iter().any(|(_, value)| is_template_value(value)),
        _ => false,
    }
}

/// The variables of one host, as a template sees them.
pub trait Scope {
    /// The value behind a name.
    fn value(&self, name: &str) -> Option<Value>;

    /// Whether a text that is the value of a variable is never a template (`!unsafe`).
    fn is_unsafe<'v>(&self, value: &'v Value) -> Option<&'v Value>;

    /// All names, for suggestions.
    fn names(&self) -> Vec<&str>;
}

/// Why a template could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong: a lower-case fragment with values in backticks.
    pub what: String,
    /// What to write instead, if it can be said.
    pub hint: Option<String>,
}

impl Failure {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What a template is shown, and which other names it asked for.
///
/// The engine's own list of a template's names misses some (`{{ name[:3] }}`), so they are learned
/// by trying.
#[derive(Debug)]
struct Names {
    known: BTreeMap<String, Data>,
    asked: Mutex<BTreeSet<String>>,
}

impl Names {
    fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Data) -> Option<Data> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Data> {
        let known = self.known.get(key);
        if known.is_none()
            && let Ok(mut asked) = self.asked.lock()
        {
            asked.insert(key.to_owned());
        }
        known.cloned()
    }
}

/// What a template has come to so far.
struct Room(Vec<u8>);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::Error::other(format!("it comes to more than {LARGEST} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Works templates out; keeps the ones it met, because a group's template is asked for once a host.
pub struct Engine {
    environment: Environment<'static>,
    functions: Vec<String>,
    kept: HashMap<String, Vec<String>>,
    tries: usize,
}

impl Default for Engine {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // As Python writes them, because inventories are written for Ansible.
        environment.set_formatter(|out, state, value| match value.kind() {
            ValueKind::Bool => Ok(out.write_str(if value.is_true() { "True" } else { "False" })?),
            _ => minijinja::escape_formatter(out, state, value),
        });
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        bounds::install(&mut environment);
        let functions = environment.globals().map(|(name, _)| name.to_owned()).collect();
        Self { environment, functions, kept: HashMap::new(), tries: 0 }
    }
}

impl Engine {
    /// The text a template comes to.
    pub fn render(&mut self, text: &str, scope: &dyn Scope) -> Result<String, Failure> {
        self.tries = 0;
        self.expand(text, scope, &mut Vec::new())
    }

    fn expand(&mut self, text: &str, scope: &dyn Scope, trail: &mut Vec<String>) -> Result<String, Failure> {
        let mut known = BTreeMap::new();
        for name in self.compile(text)? {
            // A name another host needed is not necessarily needed by this one.
            if let Some(value) = scope.value(&name)
                && let Ok(data) = self.variable(&name, &value, scope, trail)
            {
                known.insert(name, data);
            }
        }
        loop {
            self.tries += 1;
            if self.tries > TRIES {
                return Err(Failure::new("the template leads to too many other templates"));
            }
            let names = Arc::new(Names { known, asked: Mutex::new(BTreeSet::new()) });
            let rendered = self.once(text, Data::from_dyn_object(names.clone()));
            let asked = names.asked();
            known = names.known.clone();
            let before = known.len();
            for name in &asked {
                if let Some(value) = scope.value(name) {
                    known.insert(name.clone(), self.variable(name, &value, scope, trail)?);
                    self.learn(text, name);
                }
            }
            if known.len() == before {
                return rendered.map_err(|error| self.explain(&error, &asked, scope));
            }
        }
    }

    fn once(&self, text: &str, names: Data) -> Result<String, Error> {
        let template = match self.environment.get_template(text) {
            Ok(template) => template,
            Err(_) => self.environment.template_from_str(text)?,
        };
        let mut room = Room(Vec::new());
        template.render_captured_to(names, &mut room)?;
        Ok(String::from_utf8_lossy(&room.0).into_owned())
    }

    /// Compiles a template once, and says which names it asked for so far.
    fn compile(&mut self, text: &str) -> Result<Vec<String>, Failure> {
        if text.len() > LONGEST {
            return Err(Failure::new(format!("the template is longer than {LONGEST} bytes")));
        }
        if bounds::assigns(text) {
            return Err(Failure::new("the template gives a value a name with `set`")
                .hint("write the value where it is used, or make it a variable of the inventory"));
        }
        if let Some(names) = self.kept.get(text) {
            return Ok(names.clone());
        }
        if self.kept.len() == KEPT {
            self.environment.template_from_named_str("", text).map_err(|error| syntax(&error))?;
            return Ok(Vec::new());
        }
        let kept = self.environment.add_template_owned(text.to_owned(), text.to_owned());
        kept.map_err(|error| syntax(&error))?;
        self.kept.insert(text.to_owned(), Vec::new());
        Ok(Vec::new())
    }

    fn learn(&mut self, text: &str, name: &str) {
        if let Some(names) = self.kept.get_mut(text)
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }

    /// A variable's value with every template in it worked out.
    fn variable(
        &mut self,
        name: &str,
        value: &Value,
        scope: &dyn Scope,
        trail: &mut Vec<String>,
    ) -> Result<Data, Failure> {
        if trail.iter().any(|known| known == name) {
            let ring = trail.iter().skip_while(|known| *known != name).cloned().collect::<Vec<_>>();
            return Err(Failure::new(format!(
                "variables refer to each other in a ring: {} > {name}",
                ring.join(" > ")
            )));
        }
        if trail.len() == DEPTH {
            return Err(Failure::new(format!("variables refer to each other more than {DEPTH} deep")));
        }
        trail.push(name.to_owned());
        let data = self.data(value, scope, trail);
        trail.pop();
        data
    }

    fn data(&mut self, value: &Value, scope: &dyn Scope, trail: &mut Vec<String>) -> Result<Data, Failure> {
        if let Some(Value::Text(text)) = scope.is_unsafe(value) {
            return Ok(Data::from(&**text));
        }
        Ok(match value {
            Value::Null => Data::from(()),
            Value::Bool(value) => Data::from(*value),
            Value::Integer(value) => Data::from(*value),
            Value::Float(value) => Data::from(*value),
            Value::Text(text) if is_template(text) => Data::from(self.expand(text, scope, trail)?),
            Value::Text(text) => Data::from(&**text),
            Value::List(items) => {
                let items: Result<Vec<Data>, Failure> =
                    items.iter().map(|item| self.data(item, scope, trail)).collect();
                Data::from(items?)
            }
            Value::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries.iter() {
                    map.insert(key.to_string(), self.data(value, scope, trail)?);
                }
                Data::from(map)
            }
        })
    }

    fn explain(&self, error: &Error, asked: &BTreeSet<String>, scope: &dyn Scope) -> Failure {
        const LOOKUPS: [&str; 3] = ["lookup", "query", "q"];
        let missing = |name: &&String| scope.value(name).is_none() && !self.functions.contains(name);
        let missing: Vec<&String> = asked.iter().filter(missing).collect();
        if let Some(name) = missing.iter().find(|name| LOOKUPS.contains(&name.as_str())) {
            return Failure::new(format!("Ansible's `{name}()` is not supported"))
                .hint("write the value; a secret is written `{env: NAME}` or `{file: PATH}`");
        }
        match (error.kind(), missing.first()) {
            (ErrorKind::UndefinedError | ErrorKind::UnknownFunction, Some(name)) => unknown(name, scope),
            (ErrorKind::OutOfFuel, _) => Failure::new("the template takes too long"),
            (ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction, _) => {
                Failure::new(detail(error)).hint("Jinja's own filters are supported, Ansible's are not")
            }
            (ErrorKind::UndefinedError, None) => {
                Failure::new("the template asks for a part of a variable that has no such part")
            }
            _ => Failure::new(format!("the template cannot be worked out: {}", detail(error))),
        }
    }
}

fn unknown(name: &str, scope: &dyn Scope) -> Failure {
    let failure = Failure::new(format!("no variable is called `{name}` here"));
    if ["hostvars", "groups", "ansible_facts", "play_hosts"].contains(&name) {
        return failure.hint("only the host's own variables and those of its groups can be used");
    }
    let mut names = scope.names();
    names.sort_unstable();
    match Mistake::nearest(name, names.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!(
            "set `{name}` for the host or one of its groups, or write `{name} | default('…')`"
        )),
    }
}

fn syntax(error: &Error) -> Failure {
    Failure::new(format!("the template is not complete: {}", detail(error)))
        .hint("write `{{ name }}`; text with such signs that is no template is tagged `!unsafe`")
}

fn detail(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Own(Vec<(&'static str, Value)>);

    impl Scope for Own {
        fn value(&self, name: &str) -> Option<Value> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        }

        fn is_unsafe<'v>(&self, _: &'v Value) -> Option<&'v Value> {
            None
        }

        fn names(&self) -> Vec<&str> {
            self.0.iter().map(|(name, _)| *name).collect()
        }
    }

    fn render(text: &str) -> Result<String, String> {
        let text_of = |text: &str| Value::Text(text.into());
        let scope = Own(vec![
            ("site", text_of("berlin")),
            ("rack", Value::Integer(7)),
            ("flag", Value::Bool(true)),
            ("label", text_of("{{ site }}-{{ rack }}")),
            ("ring", text_of("{{ back }}")),
            ("back", text_of("{{ ring }}")),
            ("group_names", Value::List([text_of("web"), text_of("prod")].into())),
        ]);
        Engine::default().render(text, &scope).map_err(|failure| match failure.hint {
            Some(hint) => format!("{} = {hint}", failure.what),
            None => failure.what,
        })
    }

    #[test]
    fn names_filters_and_templates_in_variables_are_worked_out() {
        for (text, wanted) in [
            ("{{ site }}", "berlin"),
            ("{{ site | upper }}-{{ rack }}", "BERLIN-7"),
            ("{{ label }}!", "berlin-7!"),
            ("{{ flag }}", "True"),
            ("{{ group_names | join(',') }}", "web,prod"),
            ("{% if 'web' in group_names %}yes{% else %}no{% endif %}", "yes"),
            ("{{ nothing | default('x') }}", "x"),
            ("{{ site[:3] }}<&>", "ber<&>"),
        ] {
            assert_eq!(render(text), Ok(wanted.to_owned()), "{text}");
        }
    }

    #[test]
    fn failures_say_what_to_write() {
        for (text, wanted) in [
            (
                "{{ sight }}",
                "no variable is called `sight` here = set `sight` for the host or one of its groups, or write `sight | default('…')`",
            ),
            ("{{ sites }}", "no variable is called `sites` here = did you mean `site`?"),
            ("{{ ring }}", "variables refer to each other in a ring: ring > back > ring"),
            (
                "{{ lookup('env', 'X') }}",
                "Ansible's `lookup()` is not supported = write the value; a secret is written `{env: NAME}` or `{file: PATH}`",
            ),
            (
                "{{ hostvars['a'] }}",
                "no variable is called `hostvars` here = only the host's own variables and those of its groups can be used",
            ),
        ] {
            assert_eq!(render(text), Err(wanted.to_owned()), "{text}");
        }
        assert!(render("{{ site").is_err_and(|what| what.starts_with("the template is not complete")));
        assert!(
            render("{{ site | ipaddr }}").is_err_and(|what| what.contains("ipaddr")),
            "{:?}",
            render("{{ site | ipaddr }}")
        );
    }
}
