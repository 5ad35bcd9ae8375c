//! What does `{{ name }}` come to for one host? The door to the template engine.
//!
//! Text without template signs never comes here. Names that no variable has are a failure, never
//! an empty text. A variable that is a template itself is worked out first, and rings are found.

mod bounds;
mod failure;
mod page;
mod sealed;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex};

use minijinja::value::{Object, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Data};

use crate::model::Value;
use failure::{detail, syntax, unknown};
use sealed::{Entries, Items, Sealed};

pub use failure::Failure;
pub use page::page;
pub use sealed::{Hidden, Rendered};

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

    /// Whether a value is one that nobody shall see (`!vault`).
    fn is_sealed(&self, value: &Value) -> bool;

    /// All names, for suggestions.
    fn names(&self) -> Vec<&str>;
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
        known.inspect(|value| sealed::note(value)).cloned()
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
    /// The hidden values that the templates at work were given.
    sealed: Vec<Arc<Sealed>>,
    tries: usize,
}

impl Default for Engine {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // As Python writes them, because inventories are written for Ansible.
        environment.set_formatter(|out, state, value| match value.kind() {
            ValueKind::Plain if let Some(sealed) = value.downcast_object_ref::<Sealed>() => {
                Ok(out.write_str(&sealed.sign())?)
            }
            ValueKind::Bool => Ok(out.write_str(if value.is_true() { "True" } else { "False" })?),
            _ => minijinja::escape_formatter(out, state, value),
        });
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        bounds::install(&mut environment);
        let functions = environment.globals().map(|(name, _)| name.to_owned()).collect();
        Self { environment, functions, kept: HashMap::new(), sealed: Vec::new(), tries: 0 }
    }
}

impl Engine {
    /// The text a template comes to.
    pub fn render(&mut self, text: &str, scope: &dyn Scope) -> Result<String, Failure> {
        match self.hand_on(text, scope)? {
            Rendered::Text(text) => Ok(text),
            Rendered::HandedOn(hidden) => {
                let what =
                    format!("the template uses the vaulted `{}`, and a plan would show it", hidden.variable);
                Err(Failure::new(what).hint("only passwords and passphrases may be vaulted"))
            }
        }
    }

    /// The variables a template used when it was worked out, in the order in which they were met.
    pub fn names(&self, text: &str) -> Vec<String> {
        self.kept.get(text).cloned().unwrap_or_default()
    }

    /// The text a template comes to, or the hidden value it hands on.
    pub fn hand_on(&mut self, text: &str, scope: &dyn Scope) -> Result<Rendered, Failure> {
        self.tries = 0;
        self.sealed.clear();
        self.expand(text, scope, &mut Vec::new())
    }

    fn expand(
        &mut self,
        text: &str,
        scope: &dyn Scope,
        trail: &mut Vec<String>,
    ) -> Result<Rendered, Failure> {
        let given = self.sealed.len();
        let text = self.settle(text, scope, trail);
        let got: Vec<_> = self.sealed.drain(given..).filter(|sealed| sealed.was_asked()).collect();
        sealed::judge(text, &got)
    }

    /// Tries a template until every name that it asks for is known.
    fn settle(&mut self, text: &str, scope: &dyn Scope, trail: &mut Vec<String>) -> Result<String, Failure> {
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
        let data = self.data(value, scope, trail, &mut Vec::new());
        trail.pop();
        data
    }

    fn seal(&mut self, hidden: Hidden) -> Data {
        let sealed = Arc::new(Sealed::new(hidden, self.sealed.len()));
        self.sealed.push(sealed.clone());
        Data::from_dyn_object(sealed)
    }

    /// A value for the engine; `inside` leads to it from the variable it is a part of.
    fn data(
        &mut self,
        value: &Value,
        scope: &dyn Scope,
        trail: &mut Vec<String>,
        inside: &mut Vec<String>,
    ) -> Result<Data, Failure> {
        if scope.is_sealed(value) {
            let variable = trail.last().cloned().unwrap_or_default();
            return Ok(self.seal(Hidden { variable, inside: inside.clone() }));
        }
        if let Some(Value::Text(text)) = scope.is_unsafe(value) {
            return Ok(Data::from(&**text));
        }
        Ok(match value {
            Value::Null => Data::from(()),
            Value::Bool(value) => Data::from(*value),
            Value::Integer(value) => Data::from(*value),
            Value::Float(value) => Data::from(*value),
            Value::Text(text) if is_template(text) => match self.expand(text, scope, trail)? {
                Rendered::Text(text) => Data::from(text),
                Rendered::HandedOn(hidden) => self.seal(hidden),
            },
            Value::Text(text) => Data::from(&**text),
            Value::List(items) => {
                let before = self.sealed.len();
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    inside.push(at.to_string());
                    list.push(self.data(item, scope, trail, inside)?);
                    inside.pop();
                }
                if self.sealed.len() > before { Data::from_object(Items(list)) } else { Data::from(list) }
            }
            Value::Map(entries) => {
                let before = self.sealed.len();
                let mut map = BTreeMap::new();
                for (key, value) in entries.iter() {
                    inside.push(key.to_string());
                    map.insert(key.to_string(), self.data(value, scope, trail, inside)?);
                    inside.pop();
                }
                if self.sealed.len() > before { Data::from_object(Entries(map)) } else { Data::from(map) }
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

        fn is_sealed(&self, value: &Value) -> bool {
            *value == Value::Text("sealed".into())
        }

        fn names(&self) -> Vec<&str> {
            self.0.iter().map(|(name, _)| *name).collect()
        }
    }

    fn scope() -> Own {
        let text_of = |text: &str| Value::Text(text.into());
        let map = |key: &str, value: &str| {
            Value::Map([(key.into(), text_of(value)), ("host".into(), text_of("db1"))].into())
        };
        Own(vec![
            ("pw", text_of("sealed")),
            ("other", text_of("sealed")),
            ("via", text_of("{{ pw }}")),
            ("db", map("pw", "sealed")),
            ("list", Value::List([text_of("a"), text_of("sealed")].into())),
            ("site", text_of("berlin")),
            ("rack", Value::Integer(7)),
            ("flag", Value::Bool(true)),
            ("label", text_of("{{ site }}-{{ rack }}")),
            ("ring", text_of("{{ back }}")),
            ("back", text_of("{{ ring }}")),
            ("group_names", Value::List([text_of("web"), text_of("prod")].into())),
        ])
    }

    fn render(text: &str) -> Result<String, String> {
        Engine::default().render(text, &scope()).map_err(|failure| match failure.hint {
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

    #[test]
    fn a_hidden_value_is_handed_on_whole_and_never_printed() {
        let hand_on = |text: &str| Engine::default().hand_on(text, &scope());
        for (text, variable, inside) in [
            ("{{ pw }}", "pw", None),
            ("{{ via }}\n", "pw", None),
            ("{{ db.pw }}", "db", Some("pw")),
            ("{{ db['pw'] }}", "db", Some("pw")),
            ("{{ list[1] }}", "list", Some("1")),
            ("{{ pw | default('x') }}", "pw", None),
            ("{% if site == 'berlin' %}{{ pw }}{% endif %}", "pw", None),
        ] {
            let hidden =
                Hidden { variable: variable.into(), inside: inside.map(str::to_owned).into_iter().collect() };
            assert_eq!(hand_on(text), Ok(Rendered::HandedOn(hidden)), "{text}");
            assert!(render(text).is_err_and(|what| what.contains("a plan would show it")), "{text}");
        }
        for text in [
            "{{ pw }}x",
            "{{ pw | upper }}",
            "{{ pw | trim }}",
            "{{ pw ~ '' }}",
            "{{ pw }}{{ other }}",
            "{{ 'a' if pw == 'b' else 'c' }}",
            "{{ pw if other else site }}",
            "{{ db }}",
            "{{ db | length }}{{ list | join }}",
            "{{ pw | length }}",
            "{{ pw + 1 }}",
        ] {
            let what = hand_on(text).expect_err(text).what;
            assert!(what.contains("than hand it on"), "{text}: {what}");
        }
        for (text, wanted) in [("{{ db.host }}", "db1"), ("{{ list[0] }}", "a"), ("{{ site }}", "berlin")] {
            assert_eq!(render(text), Ok(wanted.to_owned()), "{text}");
        }
    }
}
