//! Which proxy do clients go through, and which one shall they?

mod shown;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use shown::{Line, State, exit_code, line, told, write_text};

use super::args::{ProxyCommand, Selection, SetArgs, ShowArgs, Speed, Tuning, Way};
use super::ask::Question;
use super::attend::Interrupts;
use super::limit::permits;
use super::plan::{self, Made};
use super::run::runtime;
use super::{Problem, Surroundings, exit, output, rollout};
use crate::installer::settings_file::Instance;
use crate::model::reason::INTERRUPTED;
use crate::model::{Outcome, Platform, Secret, SecretReference, Task, counted, visible};
use crate::proxy::{self, Fit, Login, Method, Proxy, unsayable};
use crate::rollout::{self as run, Change, Crew, Wish};
use crate::store::{self, Finder};
use crate::ui::said;

fn reference(text: &str) -> Result<SecretReference, String> {
    // It may be the password itself, so it is not repeated, as clap would.
    SecretReference::typed(text)
        .ok_or_else(|| "write where the password is: `env:NAME`, `file:PATH` or `keyring:NAME`".to_owned())
}

/// `jumpfleet proxy`
pub fn run(around: &Surroundings, command: &ProxyCommand) -> Result<u8, Problem> {
    match command {
        ProxyCommand::Show(args) => show(around, args),
        ProxyCommand::Set(args) => set(around, args),
    }
}

fn show(around: &Surroundings, args: &ShowArgs) -> Result<u8, Problem> {
    let speed = Speed { at_once: args.at_once, ..Speed::default() };
    let made = planned(around, &args.selection, args.release.as_deref(), speed)?;
    let crew = rollout::crew(around, &made)?;
    let lines = looked(&crew, &|instance| match seen(instance) {
        Ok(found) => (State::Shown, found.to_string()),
        Err(why) => (State::Failed, why),
    })?;
    told(&lines, args.format)?;
    Ok(exit_code(&lines))
}

fn seen(instance: &Instance) -> Result<proxy::Found, String> {
    instance.file.as_ref().map_err(Clone::clone).and_then(|file| proxy::read(file))
}

/// The hosts, as a removal would know them: neither installer files nor keys are needed.
fn planned(
    around: &Surroundings,
    selection: &Selection,
    release: Option<&str>,
    speed: Speed,
) -> Result<Made, Problem> {
    let tuning = Tuning { release: release.map(str::to_owned), speed, ..Tuning::default() };
    let made = plan::make(around, selection, &tuning, Task::Uninstall)?;
    let other = made
        .plan
        .treatments
        .iter()
        .map(|treatment| treatment.shape.platform)
        .find(|platform| *platform == Platform::MacosDmg);
    if let Some(platform) = other {
        return Err(Problem::usage(format!(
            "proxies are shown and set on Linux and Windows only, and there are `{platform}` hosts"
        ))
        .hint("leave them out with --limit"));
    }
    match plan::forbidden(&made.plan) {
        Some(problem) => Err(problem),
        None => Ok(made),
    }
}

/// A line for each client of each host.
fn looked(crew: &Arc<Crew>, of: &dyn Fn(&Instance) -> (State, String)) -> Result<Vec<Line>, Problem> {
    let runtime = runtime(crew.plan.at_once).map_err(Problem::tool)?;
    let hosts = (0..crew.plan.hosts.len()).collect();
    let looks = runtime.block_on(run::each(crew, hosts, run::read_clients));
    let mut lines = Vec::new();
    for (host, look) in crew.plan.hosts.iter().zip(looks) {
        let line = |directory: &str, (state, detail): (State, &str)| {
            let directory = crew.secrets.mask(directory).into_owned();
            Line { host: host.name.clone(), directory, state, detail: crew.secrets.mask(detail).into_owned() }
        };
        match look {
            Ok(clients) if clients.is_empty() => lines.push(line("", (State::NoClient, ""))),
            Ok(clients) => lines.extend(clients.iter().map(|client| {
                let (state, detail) = of(client);
                line(&client.directory, (state, &detail))
            })),
            Err(outcome) => {
                let (state, why) = unseen(&outcome);
                lines.push(line("", (state, &why)));
            }
        }
    }
    Ok(lines)
}

/// What is said of a host of which nothing was seen.
fn unseen(outcome: &Outcome) -> (State, String) {
    match outcome {
        Outcome::Unreachable { class, detail } => (State::Unreachable, format!("{class}: {detail}")),
        Outcome::Failed { phase, class, detail, .. } => {
            (State::Failed, format!("{phase}: {class}: {detail}"))
        }
        other => (State::Failed, said(other)),
    }
}

fn set(around: &Surroundings, args: &SetArgs) -> Result<u8, Problem> {
    let proxy = wanted(args)?;
    let made = planned(around, &args.selection, args.release.as_deref(), args.speed.clone())?;
    let permits = permits(around, &made.plan, &made.settings)?;
    let mut crew = rollout::crew(around, &made)?;
    if let (Some(login), Some(crew)) = (&proxy.login, Arc::get_mut(&mut crew)) {
        crew.secrets.know(&login.password, "proxy password");
    }
    let wish = Wish { proxy, wait: Duration::from_secs(args.wait), anew: args.anew };
    let plan = looked(&crew, &|instance| would(instance, &wish))?;
    let mut changing: Vec<Arc<str>> =
        plan.iter().filter(|line| line.state == State::WouldChange).map(|line| line.host.clone()).collect();
    changing.dedup();
    if args.check || changing.is_empty() {
        told(&plan, args.format)?;
        let code = exit_code(&plan);
        return Ok(if code == exit::GOOD && !changing.is_empty() { exit::CHANGES } else { code });
    }
    if !args.yes {
        let mut shown = Vec::new();
        if write_text(&plan, &mut shown).is_ok() {
            output::say(false, &String::from_utf8_lossy(&shown));
        }
        let text = &format!(
            "Set the proxy to {} on {}, and restart its clients?",
            wish.proxy,
            counted(changing.len(), "host")
        );
        Question { text, deed: "set it", declined: "not set" }.ask()?;
    }
    let set = move |crew: &Crew, host: usize| run::set_proxy(crew, &permits, host, &wish);
    let lines = carried_out(around, &crew, set, plan)?;
    told(&lines, args.format)?;
    Ok(exit_code(&lines))
}

/// The proxy that was typed; what cannot be written into the file is refused here.
fn wanted(args: &SetArgs) -> Result<Proxy, Problem> {
    let method = match args.method {
        Way::Direct => Method::Direct,
        Way::Connect => Method::Connect,
        Way::Socks4 => Method::Socks4,
    };
    let server = args.server.as_deref().map(server).transpose()?;
    if method == Method::Direct && server.is_some() {
        return Err(Problem::usage("without a proxy there is no server").hint("leave --server out"));
    }
    let mut login = None;
    if let (Some(user), Some(typed)) = (&args.user, &args.password) {
        let passwords = store::VaultPasswords::default();
        let reference = reference(typed).map_err(|what| Problem::usage(format!("--password: {what}")))?;
        let finder = Finder { environment: &Surroundings::environment, passwords: &passwords };
        let found = finder
            .find(&[&reference])
            .into_iter()
            .next()
            .unwrap_or_else(|| Err("nothing was found".to_owned()));
        let password: Secret = found.map_err(|why| Problem::usage(format!("a secret is missing: {why}")))?;
        for (what, value) in [("--user", user.as_str()), ("the password", password.reveal())] {
            if let Some(why) = unsayable(value) {
                return Err(Problem::usage(format!("{what} {why}: `settings.ini` cannot hold it")));
            }
        }
        login = Some(Login { user: user.clone(), password });
    }
    Ok(Proxy { method, server, login })
}

fn server(text: &str) -> Result<(String, u16), Problem> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match parts {
        Some((host, port)) if port > 0 && !host.is_empty() && host.chars().all(fits) => {
            Ok((host.to_owned(), port))
        }
        _ => Err(Problem::usage(format!("`{}` is not a proxy server", visible(text)))
            .hint("write its host name or IPv4 address and its port, such as proxy.example.org:3128")),
    }
}

fn would(instance: &Instance, wish: &Wish) -> (State, String) {
    match seen(instance) {
        Err(why) => (State::Failed, why),
        Ok(found) => match found.fit(&wish.proxy) {
            fit if wish.is_granted(fit) => (State::AsWanted, as_wanted(fit).to_owned()),
            _ => (State::WouldChange, format!("{found} → {}", wish.proxy)),
        },
    }
}

fn as_wanted(fit: Fit) -> &'static str {
    match fit {
        Fit::Unread => "user and password could not be compared: the client has made them unreadable",
        _ => "",
    }
}

/// Sets the proxy where it changes; the lines of all other hosts stay as they are.
fn carried_out(
    around: &Surroundings,
    crew: &Arc<Crew>,
    set: impl Fn(&Crew, usize) -> Result<Vec<(String, Change)>, Outcome> + Send + Sync + 'static,
    plan: Vec<Line>,
) -> Result<Vec<Line>, Problem> {
    let changing = plan.iter().filter(|line| line.state == State::WouldChange).map(|line| line.host.clone());
    let changing: BTreeSet<Arc<str>> = changing.collect();
    let mut lines: Vec<Line> = plan.into_iter().filter(|line| !changing.contains(&line.host)).collect();
    let is_meant = |place: &usize| changing.contains(&crew.plan.hosts[*place].name);
    let places: Vec<usize> = (0..crew.plan.hosts.len()).filter(is_meant).collect();
    let quiet = around.global.quiet;
    let work = move |crew: &Crew, host: usize| {
        let name = &crew.plan.hosts[host].name;
        let made = if crew.stop.is_asked() { Ok(Vec::new()) } else { set(crew, host) };
        let lines: Vec<Line> = match made {
            Ok(clients) if clients.is_empty() => {
                vec![line(name, "", State::NotStarted, INTERRUPTED.to_owned())]
            }
            Ok(clients) => {
                clients.into_iter().map(|(directory, change)| done(name, &directory, change)).collect()
            }
            Err(outcome) => {
                let (state, why) = unseen(&outcome);
                vec![line(name, "", state, why)]
            }
        };
        for line in &lines {
            output::say(quiet, &line.to_string());
        }
        Ok(lines)
    };
    let runtime = runtime(crew.plan.at_once).map_err(Problem::tool)?;
    let mut interrupts = {
        let _inside = runtime.enter();
        Interrupts::listen().map_err(Problem::tool)?
    };
    let stop = crew.stop.clone();
    let told = runtime.block_on(async {
        let all = run::each(crew, places.clone(), work);
        tokio::pin!(all);
        loop {
            tokio::select! {
                lines = &mut all => return lines,
                () = interrupts.next() => {
                    output::say(false, "Stopping: no client is restarted any more; those that were are waited for.");
                    stop.ask(INTERRUPTED);
                }
            }
        }
    });
    for (place, told) in places.into_iter().zip(told) {
        let name = &crew.plan.hosts[place].name;
        match told {
            Ok(told) => lines.extend(told),
            Err(outcome) => {
                let (state, why) = unseen(&outcome);
                lines.push(line(name, "", state, why));
            }
        }
    }
    Ok(lines)
}

fn done(host: &Arc<str>, directory: &str, change: Change) -> Line {
    let (state, detail) = match change {
        Change::Made => (State::Changed, String::new()),
        Change::Needless(fit) => (State::AsWanted, as_wanted(fit).to_owned()),
        Change::NotStarted => (State::NotStarted, INTERRUPTED.to_owned()),
        Change::TakenBack(why) => (State::TakenBack, why),
        Change::Failed(why) => (State::Failed, why),
    };
    line(host, directory, state, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_named_and_never_typed() {
        assert_eq!(reference("env:PROXY").unwrap(), SecretReference::Env("PROXY".into()));
        assert_eq!(reference("file:/a:b").unwrap(), SecretReference::File("/a:b".into()));
        for typed in ["geheim", "env:", "", "vault:x"] {
            assert!(!reference(typed).unwrap_err().contains("geheim"), "{typed}");
        }
    }

    #[test]
    fn a_server_has_a_name_and_a_port() {
        assert_eq!(server("proxy.example.org:3128").unwrap(), ("proxy.example.org".into(), 3128));
        for typed in ["proxy", "proxy:0", "proxy:99999", ":1", "a b:1", "a\n[Proxy]:1", "http://p:1"] {
            assert!(server(typed).is_err(), "{typed}");
        }
    }
}
