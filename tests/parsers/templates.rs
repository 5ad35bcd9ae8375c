//! Templates in the values of variables.

use jumpfleet::model::{Mistake, Value};
use jumpfleet::template::{Engine, Failure, Scope};

use crate::errors::assert_readable;
use crate::growth::{in_proportion, within};
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{# ",
    " #}",
    "site",
    "rack",
    "list",
    "loop",
    "missing",
    "|",
    " upper",
    " default('x')",
    " join(',')",
    " indent(99)",
    " center(9)",
    "(",
    ")",
    "[",
    "]",
    ".",
    "'",
    "\"",
    "\\x",
    " ~ ",
    " * ",
    " - ",
    "for x in list",
    "endfor",
    "for x in range(9999)",
    "if site",
    "else",
    "endif",
    "set a = ",
    "raw",
    "endraw",
    "0",
    "9999999999",
    " is defined",
    "lookup('env', 'X')",
    "hostvars",
    "[:3]",
    "[::-1]",
    " % ",
    " // ",
    "0 ",
];

struct Own(Vec<(String, Value)>);

impl Scope for Own {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok().map(|at| self.0[at].1.clone())
    }

    fn is_unsafe<'v>(&self, _: &'v Value) -> Option<&'v Value> {
        None
    }

    fn is_sealed(&self, _: &Value) -> bool {
        false
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn own(variables: impl IntoIterator<Item = (String, String)>) -> Own {
    let mut own: Vec<_> = variables.into_iter().map(|(name, value)| (name, text(&value))).collect();
    own.sort_by(|a, b| a.0.cmp(&b.0));
    Own(own)
}

fn render(template: &str) -> Result<String, Failure> {
    let mut scope = own([("site", "berlin"), ("label", "{{ site }}-{{ rack }}"), ("ring", "{{ ring }}")]
        .map(|(name, value)| (name.to_owned(), value.to_owned())));
    scope.0.push(("rack".into(), Value::Integer(7)));
    scope.0.push(("list".into(), Value::List([text("a"), text("{{ site }}")].into())));
    scope.0.sort_by(|a, b| a.0.cmp(&b.0));
    Engine::default().render(template, &scope)
}

#[test]
fn any_template_is_worked_out_or_refused() {
    Trial::of("templates", WORDS).text(|template| {
        if let Err(failure) = render(template) {
            let mistake = Mistake::general(failure.what).hint(failure.hint.unwrap_or_default());
            assert_readable(&mistake.to_string());
        }
    });
}

#[test]
fn the_work_grows_with_the_template() {
    for (what, pieces, piece) in [
        ("names", 500, "{{ site }} "),
        ("comments", 500, "{# x #}"),
        ("conditions", 300, "{% if site %}x{% endif %}"),
        ("sums", 100, "{{ 1 + 1 }}"),
        ("signs", 500, "{{"),
        ("raw", 200, "{% raw %}{{ x }}{% endraw %}"),
    ] {
        in_proportion(what, pieces, |count| piece.repeat(count), |template| drop(render(template)));
    }
}

#[test]
fn names_that_are_asked_for_one_by_one_are_found() {
    for end in ["", "[:1]"] {
        let count = 1900 / (12 + end.len());
        let template: String = (0..count).map(|n| format!("{{{{ v{n:05}{end} }}}}")).collect();
        let scope = own((0..count).map(|n| (format!("v{n:05}"), "x".to_owned())));
        within(1 << 24, "names", &template, |template| {
            assert_eq!(Engine::default().render(template, &scope), Ok("x".repeat(count)));
        });
    }
}

#[test]
fn no_text_multiplies_within_a_template() {
    let chained = |filter: &str, times: usize| format!("{{{{ 'abcdefghij' {} }}}}", filter.repeat(times));
    let doubled = "{% set a = 'ab' %}{% for x in range(40) %}{% set a = a ~ a %}{% endfor %}";
    for template in [
        chained("|join('abcdefghij')", 9),
        chained("|join(d='abcdefghij')", 9),
        chained("|replace('', 'abcdefghij')", 9),
        chained("|indent(999999999999)", 1),
        chained("|indent(width=999999999999)", 1),
        "{{ '%999999999s'|format('x') }}".to_owned(),
        "{{ '%*d'|format(999999999, 1) }}".to_owned(),
        "{{ ('%s' * 9999)|format(('x' * 9999)) }}".to_owned(),
        "{{ (['x' * 9999] * 9999)|join }}".to_owned(),
        doubled.to_owned(),
        doubled.replace("{%", "{%-"),
    ] {
        within(1 << 24, "multiplied texts", &template, |template| {
            assert!(render(template).is_err(), "{template}");
        });
    }
    for (template, wanted) in [
        ("{{ [site, rack]|join('-') }}", "berlin-7"),
        ("{{ site|replace('ber', 'Ber') }}", "Berlin"),
        ("{{ '%03d'|format(rack) }}", "007"),
        ("{{ site|indent(2, true) }}", "  berlin"),
        ("{% if settings is defined %}x{% else %}y{% endif %}", "y"),
    ] {
        assert_eq!(render(template).as_deref(), Ok(wanted), "{template}");
    }
}

#[test]
fn what_would_never_end_is_refused() {
    let within_limit = |piece: &str| piece.repeat(1900 / piece.len());
    let deep = 100_000;
    for template in [
        format!("{{{{ site{} }}}}", within_limit("|a")),
        format!("{{{{ site{} }}}}", within_limit(".x")),
        format!("{{{{ site{} }}}}", within_limit("[0]")),
        format!("{{{{ site{} }}}}", within_limit("()")),
        format!("{{{{ 1{} }}}}", within_limit("+1")),
        format!("{{{{ 1{} }}}}", within_limit("~1")),
        format!("{{{{ 1{} }}}}", within_limit("<1")),
        format!("{{{{ 1{} }}}}", within_limit(" is a")),
        format!("{{{{ 1{} }}}}", within_limit(" if 1 else 1")),
        format!("{{% if 1 %}}{}{{% endif %}}", within_limit("{% elif 1 %}")),
        within_limit("{%if 1%}"),
        format!("{{{{ {}1{} }}}}", "(".repeat(deep), ")".repeat(deep)),
        format!("{{{{ {} }}}}", "[".repeat(deep)),
        format!("{{{{ {}1 }}}}", "not ".repeat(deep)),
        format!("{{{{ {}1 }}}}", "- ".repeat(deep)),
        format!("{{{{ site{} }}}}", "|upper".repeat(deep)),
        format!("{{{{ site{} }}}}", ".x".repeat(deep)),
        format!("{{{{ site{} }}}}", "[0]".repeat(deep)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(deep)),
        format!("{{{{ 1{} }}}}", " ~ 1".repeat(deep)),
        "{% if site %}".repeat(deep),
        "{% for a in list %}".repeat(deep),
        format!("{}x{}", "{% for a in range(99999) %}".repeat(3), "{% endfor %}".repeat(3)),
        "{{ 'x' * 99999999999 }}".to_owned(),
        "{{ 'xxxxxxxx' * 9999 * 999 }}".to_owned(),
    ] {
        let what: String = template.chars().take(40).collect();
        within(1 << 28, &what, &template, |template| drop(render(template)));
    }
}

#[test]
fn variables_that_lead_to_ever_more_variables_are_refused() {
    // Ten names that each lead to the ten of the next level.
    let level = |n: usize| (0..10).map(|at| format!("{{{{ v{n}_{at} }}}}")).collect::<String>();
    let names = (0..9).flat_map(|n| (0..10).map(move |at| (n, at)));
    let scope =
        own(names.map(|(n, at)| (format!("v{n}_{at}"), if n == 8 { "x".into() } else { level(n + 1) })));
    within(1 << 28, "levels", &level(0), |template| drop(Engine::default().render(template, &scope)));
}
