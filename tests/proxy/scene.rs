//! What does a test of proxies stand on?

use crate::fleet::{Done, Stage};

/// The password of the proxy, which nothing may show.
pub const PASSWORD: &str = "geheim;#=[x]%d'\"";

/// Settings behind those that the stand-in writes itself: other line ends, a comment, letters of a code page, no end.
pub const MORE: &str = "; kept\\r\\n[Proxy]\\r\\nversion=2\\r\\ndetect_failed=0\\r\\n[Proxy\\\\x:443\\\\LastGood]\\r\\n\
    Proxy=DIRECT\\r\\n[Other]\\r\\nname=\\344\\r\\nname=2";

/// Clients that run, with settings that look for a proxy themselves.
pub fn clients(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.rollout(&[]).expect(0);
    for host in &stage.hosts {
        run(stage, host, &format!("printf '{MORE}' >>/opt/jumpclient/settings.ini"));
        run(stage, host, "cp -p /opt/jumpclient/settings.ini /root/before.ini");
        run(stage, host, "systemctl restart jumpfleet-jump-client");
    }
}

/// Starts a proxy on a host.
pub fn proxy(stage: &Stage, host: &str, port: u16, login: &str) {
    let program = include_str!("../stand_in/proxy.pl");
    run(stage, host, &format!("cat >/root/proxy.pl <<'END'\n{program}END"));
    let login = login.replace('\'', r"'\''");
    run(
        stage,
        host,
        &format!("setsid perl /root/proxy.pl {port} '{login}' </dev/null >/root/proxy.log 2>&1 &"),
    );
}

/// Runs a line as root on a host and insists that it succeeds; returns what it printed.
#[track_caller]
pub fn run(stage: &Stage, host: &str, line: &str) -> String {
    stage.on(host, line).expect(0).stdout
}

/// Sets a proxy, with the password in the environment.
pub fn set(stage: &Stage, words: &str) -> Done {
    let words: Vec<&str> =
        ["proxy", "set", "-i", "inventory.yaml"].into_iter().chain(words.split(' ')).collect();
    let done: Done =
        stage.command(&words).env("PROXY_PASSWORD", PASSWORD).output().expect("the program").into();
    assert!(!done.stdout.contains(PASSWORD) && !done.stderr.contains(PASSWORD), "{done:?}");
    done
}

/// What tells whether a client was restarted.
pub fn process(stage: &Stage, host: &str) -> String {
    run(stage, host, "cat /opt/jumpclient/bomgar-pec.pid")
}
