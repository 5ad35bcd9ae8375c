//! What happens to a client whose proxy is set?

use crate::fleet::{Stage, Test};
use crate::scene::{PASSWORD, clients, process, proxy, run, set};

pub const TESTS: &[Test] = &[
    ("a_client_goes_through_the_proxy_and_the_rest_of_its_settings_stays", 1, connect),
    ("socks_is_spoken_and_left_again", 1, socks),
    ("a_client_that_is_not_connected_gets_its_settings_back", 2, taken_back),
    ("a_client_that_cannot_be_started_again_is_told_of", 1, stays_down),
    ("a_check_changes_nothing", 2, check),
];

const CONNECT: &str =
    "--method connect --server 127.0.0.1:3128 --user D\\u --password env:PROXY_PASSWORD --yes";

fn connect(stage: &Stage) {
    clients(stage);
    let host = &stage.hosts[0];
    proxy(stage, host, 3128, &format!("D\\u:{PASSWORD}"));
    let rights = run(stage, host, "stat -c '%U %G %a' /opt/jumpclient/settings.ini");
    let done = set(stage, CONNECT).expect(0);
    assert!(done.stdout.contains("changed: h0"), "{done:?}");
    assert_eq!(run(stage, host, "stat -c '%U %G %a' /opt/jumpclient/settings.ini"), rights);
    assert_eq!(run(stage, host, "cmp /root/before.ini /opt/jumpclient/settings.ini.jumpfleet-backup"), "");
    assert_eq!(run(stage, host, "ls /opt/jumpclient | grep -c jumpfleet-new; true"), "0\n");
    // The settings of the proxy apart, every byte is there, in its order.
    let rest = "sed '/^\\[Proxy/,/^\\[Other/{/^\\[Other/!d}'";
    run(
        stage,
        host,
        &format!(
            "{rest} /root/before.ini >/root/a && {rest} /opt/jumpclient/settings.ini >/root/b && cmp /root/a /root/b"
        ),
    );
    let written = run(stage, host, "grep -a -A 6 '^.Proxy.' /opt/jumpclient/settings.ini | tr -d '\\r'");
    for line in
        ["version=1", "ProxyUser=hashed:", "ProxyPass=hashed:", "ProxyMethod=100", "ProxyHost=127.0.0.1"]
    {
        assert!(written.contains(line), "{written}");
    }
    let process_before = process(stage, host);
    let again = set(stage, CONNECT).expect(0);
    assert!(again.stdout.contains("as wanted (user and password could not be compared"), "{again:?}");
    assert_eq!(process(stage, host), process_before);
    set(stage, &format!("{CONNECT} --anew")).expect(0);
    run(stage, host, "cmp /root/before.ini /opt/jumpclient/settings.ini.jumpfleet-backup.1");
    assert_ne!(process(stage, host), process_before);
    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(shown.contains("HTTP CONNECT 127.0.0.1:3128, with a user and a password"), "{shown}");
    assert!(!shown.contains("hashed"), "{shown}");
}

fn socks(stage: &Stage) {
    clients(stage);
    let host = &stage.hosts[0];
    proxy(stage, host, 1080, "x:y");
    proxy(stage, host, 443, "x:y");
    run(stage, host, "echo 127.0.0.1 pra.example.org >>/etc/hosts");
    set(stage, "--method socks4 --server 127.0.0.1:1080 --yes").expect(0);
    let json =
        stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml", "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["clients"][0]["detail"], "SOCKS 4 127.0.0.1:1080");
    set(stage, "--method direct --yes").expect(0);
    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(shown.starts_with("direct: h0"), "{shown}");
}

fn taken_back(stage: &Stage) {
    clients(stage);
    let [refused, absent] = [0, 1].map(|index| stage.hosts[index].as_str());
    proxy(stage, refused, 3128, "D\\u:another password");
    let done = set(stage, &format!("{CONNECT} --wait 5")).expect(3);
    assert!(
        done.stdout.contains("taken back (the client runs, but had no connection as it is set to"),
        "{done:?}"
    );
    for host in [refused, absent] {
        run(stage, host, "cmp /root/before.ini /opt/jumpclient/settings.ini");
        run(stage, host, "systemctl is-active jumpfleet-jump-client");
        assert_eq!(run(stage, host, "ls /opt/jumpclient | grep -c jumpfleet-; true"), "0\n");
    }
}

fn stays_down(stage: &Stage) {
    clients(stage);
    let host = &stage.hosts[0];
    // A unit of a distribution's package lies elsewhere than ours.
    let moved = "cd /etc/systemd/system && mv jumpfleet-jump-client.service /usr/lib/systemd/system/ && mkdir \
                 jumpfleet-jump-client.service.d && printf '[Service]\\nExecStartPre=/bin/false\\n' \
                 >jumpfleet-jump-client.service.d/broken.conf && systemctl daemon-reload";
    run(stage, host, moved);
    let done = set(stage, &format!("{CONNECT} --wait 5")).expect(3);
    assert!(
        done.stdout.contains("its old settings are back, but it could not be restarted with them"),
        "{done:?}"
    );
    run(stage, host, "cmp /root/before.ini /opt/jumpclient/settings.ini");
}

fn check(stage: &Stage) {
    clients(stage);
    let [first, second] = [0, 1].map(|index| stage.hosts[index].as_str());
    let before = process(stage, first);
    let done = set(stage, &format!("{CONNECT} --check")).expect(10);
    let wanted = "would change (looks for a proxy itself → HTTP CONNECT 127.0.0.1:3128 as D\\u)";
    assert!(done.stdout.contains(wanted), "{done:?}");
    run(stage, first, "cmp /root/before.ini /opt/jumpclient/settings.ini");
    assert_eq!(process(stage, first), before);
    let typed = stage.jumpfleet(&[
        "proxy",
        "set",
        "-i",
        "inventory.yaml",
        "--method",
        "connect",
        "--server",
        "p:1",
        "--user",
        "u",
        "--password",
        PASSWORD,
    ]);
    assert!(typed.code == Some(2) && !typed.stderr.contains(PASSWORD), "{typed:?}");
    let unasked = set(stage, &CONNECT.replace(" --yes", "")).expect(6);
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    stage.lab("cut", second);
    let done = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(4);
    assert!(done.stdout.contains("unreachable (") && !done.stdout.contains("(unreachable"), "{done:?}");
}
