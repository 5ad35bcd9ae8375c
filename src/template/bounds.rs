//! How large may a text grow inside a template? The engine bounds its work, and what a template comes to in the
//! end, but not what a filter makes of two texts.

use minijinja::value::Rest;
use minijinja::{Environment, Error, ErrorKind, State, Value as Data, filters};

use super::LARGEST;

/// The most digits of a width in a format, such as `%08d`.
const WIDTH_DIGITS: usize = 3;

/// A filter whose result may be much larger than what it is given, and the most bytes it may come to.
type Bound = fn(&Data, &[Data]) -> usize;

/// Puts bounded filters in the place of those that multiply.
pub(super) fn install(environment: &mut Environment<'static>) {
    guard(environment, "join", Data::from_function(filters::join), joined);
    guard(environment, "replace", Data::from_function(filters::replace), replaced);
    guard(environment, "indent", Data::from_function(filters::indent), indented);
    guard(environment, "format", Data::from_function(filters::format), formatted);
}

fn guard(environment: &mut Environment<'static>, name: &'static str, filter: Data, bound: Bound) {
    environment.add_filter(name, move |state: &mut State, value: Data, rest: Rest<Data>| {
        if bound(&value, &rest) > LARGEST {
            let what = format!("`{name}` comes to more than {LARGEST} bytes");
            return Err(Error::new(ErrorKind::InvalidOperation, what));
        }
        let mut arguments = vec![value];
        arguments.extend(rest.0);
        filter.call(state, &arguments)
    });
}

/// A template that gives names to what it makes could double a text with each of its lines.
pub(super) fn assigns(text: &str) -> bool {
    let opened = text.split("{%").skip(1);
    opened.map(|block| block.trim_start_matches(['-', '+']).trim_start()).any(|block| {
        block
            .strip_prefix("set")
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn size(value: &Data) -> usize {
    // Numbers, and whatever else is not a text, are short when they are written.
    value.as_str().map_or(64, str::len)
}

fn first(arguments: &[Data]) -> usize {
    arguments.first().map_or(0, size)
}

/// The items, each with what stands between them; counted no further than is needed.
fn joined(value: &Data, arguments: &[Data]) -> usize {
    let between = first(arguments).max(named(arguments, "d"));
    if let Some(text) = value.as_str() {
        return text.len().saturating_mul(between + 1);
    }
    let mut total = 0_usize;
    for item in value.try_iter().into_iter().flatten() {
        total = total.saturating_add(size(&item)).saturating_add(between);
        if total > LARGEST {
            break;
        }
    }
    total
}

fn replaced(value: &Data, arguments: &[Data]) -> usize {
    let text = value.as_str().unwrap_or_default();
    let from = arguments.first().and_then(Data::as_str).unwrap_or_default();
    let to = arguments.get(1).map_or(0, size);
    let times = if from.is_empty() { text.len() + 1 } else { text.matches(from).count() };
    size(value).saturating_add(times.saturating_mul(to))
}

fn indented(value: &Data, arguments: &[Data]) -> usize {
    let width = arguments.first().and_then(Data::as_usize).unwrap_or(4).max(named(arguments, "width"));
    let lines = value.as_str().map_or(1, |text| text.lines().count() + 1);
    size(value).saturating_add(lines.saturating_mul(width))
}

fn formatted(value: &Data, arguments: &[Data]) -> usize {
    let text = value.as_str().unwrap_or_default();
    let widths = text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > WIDTH_DIGITS);
    if widths || text.contains('*') {
        return usize::MAX;
    }
    let largest = arguments.iter().map(size).max().unwrap_or(0) + 10_usize.pow(3);
    text.len().saturating_add(text.matches('%').count().saturating_mul(largest))
}

/// The size of an argument that is given by its name, as a number or as a text.
fn named(arguments: &[Data], name: &str) -> usize {
    let given = arguments.iter().filter(|argument| argument.is_kwargs());
    let found = given.filter_map(|given| given.get_attr(name).ok()).find(|found| !found.is_undefined());
    found.map_or(0, |found| found.as_usize().unwrap_or_else(|| size(&found)))
}
