//! What does a reviewer see in a browser? One page without network and script.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::text::values;
use crate::model::{PlannedHost, counted};
use crate::planner::view::{Kind, Remark, Spoken, View};
use crate::report::clean_line;
use crate::report::markup::html;

/// The page's whole look.
const STYLE: &str = include_str!("plan.css");

/// So many hosts are in the table; the others are in the folds and in `--format json`.
const MOST_ROWS: usize = 5000;

/// The table of more hosts stays folded on paper.
const MOST_PRINTED: usize = 500;

/// So many kinds are shown unfolded.
const OPEN: usize = 3;

type Out<'o> = &'o mut dyn Write;

/// Writes the page; errors are those of `out`.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    begin(view, &mut out)?;
    tiles(view, &mut out)?;
    remarks("wrong", "What may go wrong", &view.findings, &mut out)?;
    kinds(view, &mut out)?;
    remarks("unusual", "What is unusual", &view.unusual, &mut out)?;
    course(view, &mut out)?;
    hosts(view, &mut out)?;
    let created = words(&view.plan.created.to_string());
    let (id, version) = (words(&view.plan.plan_id), words(&view.plan.tool_version));
    writeln!(
        out,
        "</main>\n<footer><p>plan <code>{id}</code>, made {created} by jumpfleet {version}</p></footer>"
    )?;
    writeln!(out, "</body>\n</html>")?;
    out.flush()
}

/// A stranger's words on one line, as text of the page.
fn words(text: &str) -> String {
    html(&clean_line(text))
}

fn begin(view: &View<'_>, out: Out<'_>) -> io::Result<()> {
    let title = format!("Plan {} for {}", words(view.id), words(&view.plan.appliance.site));
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<header>\n<h1>{title}</h1>"
    )?;
    writeln!(out, "<p class=\"headline\">{}</p>", words(&view.headline))?;
    if let Some(alarm) = &view.alarm {
        let class = if crate::planner::has_errors(view.plan) { "alarm" } else { "alarm mild" };
        writeln!(out, "<p class=\"{class}\">{}</p>", words(alarm))?;
    }
    if let Some(run) = &view.plan.undoes {
        writeln!(out, "<p>undoes run <code>{}</code>: clients of others are left alone</p>", words(run))?;
    }
    writeln!(out, "<p>{}<br>{}</p>\n</header>\n<main>", words(&view.lasts), words(&view.pace))
}

/// The numbers that are looked for first.
fn tiles(view: &View<'_>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "<ul class=\"tiles\" aria-label=\"Numbers\">")?;
    let verb = format!("to {}", view.verb());
    let numbers = [
        (view.counts.hosts, "hosts"),
        (view.counts.changes(), verb.as_str()),
        (view.counts.nothing, "left as they are"),
        (view.waves.len(), "waves"),
    ];
    for (number, what) in numbers {
        writeln!(out, "<li><b>{number}</b> {}</li>", words(what))?;
    }
    for (platform, hosts) in &view.platforms {
        writeln!(out, "<li class=\"platform\"><b>{hosts}</b> <code>{platform}</code></li>")?;
    }
    writeln!(out, "</ul>")
}

fn remarks(id: &str, title: &str, remarks: &[Remark], out: Out<'_>) -> io::Result<()> {
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<ul class=\"remarks\">"
    )?;
    for remark in remarks {
        let place =
            remark.place.as_ref().map_or(String::new(), |place| format!(" <code>{}</code>", words(place)));
        writeln!(
            out,
            "<li class=\"{level}\"><strong>{level}</strong> {}{place} <small>{}</small></li>",
            words(&remark.message),
            words(&remark.code),
            level = remark.level
        )?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn kinds(view: &View<'_>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"hear\">\n<h2 id=\"hear\">What they hear</h2>")?;
    for (at, kind) in view.kinds.iter().enumerate() {
        write_kind(kind, at < OPEN, out)?;
    }
    writeln!(out, "</section>")
}

fn write_kind(kind: &Kind<'_>, is_open: bool, out: Out<'_>) -> io::Result<()> {
    let open = if is_open { " open" } else { "" };
    let what = kind.nothing.as_deref().unwrap_or(&kind.who);
    writeln!(
        out,
        "<details{open}><summary><b>{}</b> {}</summary>\n<p class=\"names\">{}</p>",
        counted(kind.hosts.len(), "host"),
        words(what),
        words(&kind.names)
    )?;
    if !kind.way.is_empty() {
        list(kind.way.iter().map(String::as_str), out)?;
    }
    if !kind.told.is_empty() {
        writeln!(out, "<ol class=\"told\">")?;
        for told in &kind.told {
            match told {
                Spoken::Step(step) => writeln!(out, "<li>{}</li>", words(step))?,
                Spoken::Command(command) => {
                    let lines: Vec<_> = command.lines().map(words).collect();
                    writeln!(out, "<li><pre><code>{}</code></pre></li>", lines.join("\n"))?;
                }
            }
        }
        writeln!(out, "</ol>")?;
    }
    if !kind.own.is_empty() {
        let own: Vec<_> = kind.own.iter().map(values).collect();
        list(own.iter().map(String::as_str), out)?;
    }
    writeln!(out, "</details>")
}

fn list<'t>(items: impl Iterator<Item = &'t str>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "<ul>")?;
    for item in items {
        writeln!(out, "<li>{}</li>", words(item))?;
    }
    writeln!(out, "</ul>")
}

/// The rules, the releases and the waves.
fn course(view: &View<'_>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"goes\">\n<h2 id=\"goes\">How it goes</h2>")?;
    list(view.rules.iter().map(String::as_str), out)?;
    for release in &view.releases {
        writeln!(out, "<p>release {}</p>", words(&release.title))?;
        list(release.files.iter().chain(&release.key).map(String::as_str), out)?;
    }
    table(&["Wave", "Hosts", "Done", "Then"], "Waves", out)?;
    for wave in &view.waves {
        let done = words(wave.done.as_deref().unwrap_or_default());
        let gate = words(wave.gate.as_deref().unwrap_or_default());
        let title = words(&wave.title);
        writeln!(
            out,
            "<tr><th scope=\"row\">{title}</th><td>{}</td><td>{done}</td><td>{gate}</td></tr>",
            wave.hosts
        )?;
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

fn table(columns: &[&str], caption: &str, out: Out<'_>) -> io::Result<()> {
    write!(out, "<div class=\"scroll\"><table><caption>{caption}</caption><thead><tr>")?;
    for column in columns {
        write!(out, "<th scope=\"col\">{column}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")
}

fn hosts(view: &View<'_>, out: Out<'_>) -> io::Result<()> {
    let all = &view.plan.hosts;
    let many = if all.len() > MOST_PRINTED { " class=\"many\"" } else { "" };
    writeln!(
        out,
        "<section aria-labelledby=\"hosts\">\n<h2 id=\"hosts\">Hosts</h2>\n<details{many}><summary>"
    )?;
    writeln!(out, "{} in the order of their turn</summary>", counted(all.len(), "host"))?;
    table(&["Host", "Address", "Platform", "Wave", "Written at"], "Hosts in the order of their turn", out)?;
    all.iter().take(MOST_ROWS).try_for_each(|host| row(view, host, out))?;
    writeln!(out, "</tbody></table></div>")?;
    if all.len() > MOST_ROWS {
        let more = all.len() - MOST_ROWS;
        writeln!(out, "<p>… and {more} more; <code>--format json</code> has them all.</p>")?;
    }
    writeln!(out, "</details>\n</section>")
}

fn row(view: &View<'_>, host: &PlannedHost, out: Out<'_>) -> io::Result<()> {
    writeln!(
        out,
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"word\">{}</td><td>{}</td><td>{}</td></tr>",
        words(&host.name),
        words(&host.address),
        view.plan.treatment(host).shape.platform,
        words(&view.plan.waves[host.wave as usize]),
        words(&host.place)
    )
}
