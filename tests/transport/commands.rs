//! Is the end of a command known for certain, and does nobody else hear the script?

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jumpfleet::model::{Access, Class};
use jumpfleet::transport::{Command, Dialer, Go, Limits, Word};

use crate::lab::{
    Relay, Sshd, assert_failure, command, connect, connect_with, limits, run, surroundings, who, within,
};

#[test]
fn exit_codes_arrive() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    for code in [0, 1, 7, 255] {
        let done = run(&mut session, &format!("echo out; echo err >&2; exit {code}"));
        assert_eq!((done.status, done.stdout.as_str(), done.stderr.as_str()), (code, "out\n", "err\n"));
    }
    assert_eq!(run(&mut session, "printf 'no line end'").stdout, "no line end");
    assert_eq!(run(&mut session, "").status, 0);
    assert_eq!(run(&mut session, "false # a comment at the end").status, 1);
    assert_ne!(run(&mut session, "if then").status, 0, "a script that cannot be read is no success");
}

#[test]
fn killed_by_a_signal_is_not_success() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let failure = session.run(&command("kill -KILL $$")).unwrap_err();
    assert_failure(&failure, Class::CommandFailed, &["signal KILL"]);
    assert!(failure.reached && failure.started);
    assert_eq!(run(&mut session, "sh -c 'kill -TERM $$'").status, 128 + 15);
    assert_eq!(who(&mut session), "root");
}

#[test]
fn a_connection_cut_mid_command_is_not_success() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    let failure = thread::scope(|scope| {
        scope.spawn(|| {
            while !sshd.path("begun").exists() {
                thread::sleep(Duration::from_millis(5));
            }
            relay.cut();
        });
        session.run(&command(&format!("touch {}; sleep 20", sshd.text("begun")))).unwrap_err()
    });
    assert_failure(&failure, Class::ConnectionLost, &["connection was lost"]);
    assert!(failure.reached && failure.started);
    let failure = session.run(&command("true")).unwrap_err();
    assert_failure(&failure, Class::ConnectionLost, &[]);
    assert!(!failure.started);
}

#[test]
fn a_killed_server_process_is_not_success() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    // The parent of the login shell is the sshd that serves this connection.
    let failure = session.run(&command("kill -KILL $PPID; sleep 5")).unwrap_err();
    assert_failure(&failure, Class::ConnectionLost, &[]);
}

#[test]
fn a_timeout_is_not_success_and_the_session_stays_usable() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let limit = Duration::from_millis(300);
    let failure = within(limit, || session.run(&Command::new("echo begun; sleep 20", limit)).unwrap_err());
    assert_failure(&failure, Class::Timeout, &["0.3 s"]);
    assert!(failure.reached && failure.started);
    assert_eq!(who(&mut session), "root");
}

#[test]
fn an_end_without_a_word_about_it_is_not_success() {
    let sshd = Sshd::with("ForceCommand sh -c \"$SSH_ORIGINAL_COMMAND\" | sed -u /ended/d; exit 0");
    let mut session = sshd.session();
    let failure = session.run(&command("exit 3")).unwrap_err();
    assert_failure(&failure, Class::ConnectionLost, &["did not say how the command ended"]);
}

#[test]
fn output_of_both_streams_is_taken_in_whatever_its_size() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let script =
        "head -c 3000000 /dev/zero | tr '\\0' e >&2; head -c 3000000 /dev/zero | tr '\\0' o; echo last";
    let done = session.run(&Command { stdout_limit: 1000, ..command(script) }).unwrap();
    assert_eq!((done.stdout.len(), done.stdout_dropped), (1000, 2_999_005));
    assert!(done.stdout.ends_with("oolast\n"));
    assert_eq!((done.stderr.len(), done.stderr_dropped), (16 * 1024, 3_000_000 - 16 * 1024));
    let done =
        session.run(&Command { stdout_limit: 0, stderr_limit: 0, ..command("echo out; exit 4") }).unwrap();
    assert_eq!((done.status, done.stdout.as_str(), done.stdout_dropped), (4, "", 4));
}

#[test]
fn the_script_stands_on_no_command_line() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let script = "word=nee''dle-4711; : needle-4711\nseen=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ')\n\
                  case $seen in *sshd*$word*|*$word*sshd*) echo seen;; *sshd*) echo unseen;; esac";
    let done = run(&mut session, script);
    assert_eq!(done.stdout, "unseen\n");
}

#[test]
fn children_cannot_eat_the_script() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let done = run(&mut session, "cat\nsh -c 'read line; echo \"[$line]\"'\necho still here");
    assert_eq!(done.stdout, "[]\nstill here\n");
}

#[test]
fn a_script_that_arrives_in_part_is_not_begun() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    // Larger than what fits into the channel's window and the sockets on the way.
    let script = format!("touch {}\n{}", sshd.text("begun"), "# filler\n".repeat(2_000_000));
    let failure = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            relay.cut();
        });
        session.run(&command(&script)).unwrap_err()
    });
    assert_failure(&failure, Class::ConnectionLost, &[]);
    thread::sleep(Duration::from_millis(200));
    assert!(!sshd.path("begun").exists());
}

#[test]
fn what_a_profile_prints_is_not_output() {
    let sshd = Sshd::with(
        "ForceCommand echo Welcome; echo 'jumpfleet-ready-'; head -c 200000 /dev/zero; echo; echo more >&2; \
         set -x; eval \"$SSH_ORIGINAL_COMMAND\"",
    );
    let mut session = sshd.session();
    let done = run(&mut session, "echo mine; exit 5");
    assert_eq!((done.status, done.stdout.as_str(), done.stdout_dropped), (5, "mine\n", 0));
}

#[test]
fn an_account_without_a_shell_is_unfit() {
    let sshd = Sshd::with("ForceCommand echo This account is currently not available.; exit 1");
    let failure = sshd.session().run(&command("true")).unwrap_err();
    assert_failure(&failure, Class::Unfit, &["did not start `sh`", "not available"]);
    assert!(failure.reached && !failure.started);
}

#[test]
fn a_server_that_opens_no_channels_is_unfit() {
    let sshd = Sshd::with("MaxSessions 0");
    let failure = sshd.session().run(&command("true")).unwrap_err();
    assert_eq!(failure.class, Class::Unfit, "{failure:?}");
}

#[test]
fn the_gate_is_asked_when_the_shell_listens_and_nothing_ran_before() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let script = format!("touch {}", sshd.text("begun"));
    let begun = sshd.path("begun");
    let stopped =
        session.run_gated(&command(&script), &mut |_| Go::Stop, &mut |_| panic!("nothing began")).unwrap();
    assert!(stopped.is_none() && !begun.exists());
    let asked = AtomicBool::new(false);
    let mut told = Vec::new();
    let done = session.run_gated(
        &command(&script),
        &mut |_| {
            thread::sleep(Duration::from_millis(100));
            assert!(!begun.exists());
            asked.store(true, Ordering::SeqCst);
            Go::Start
        },
        &mut |word| told.push(word),
    );
    assert_eq!(done.unwrap().unwrap().status, 0);
    assert!(asked.into_inner() && begun.exists());
    assert_eq!(told, [Word::Begun]);
}

#[test]
fn who_waits_for_a_beginning_hears_of_it_when_it_is() {
    let sshd = Sshd::start();
    let heard = sshd.path("heard");
    // The word comes behind more than is kept, and the script goes on when it was heard, and not before.
    let script = format!(
        "head -c 300000 /dev/zero | tr '\\0' x; echo; echo begun-now; \
         tries=0; until [ -e {} ]; do tries=$((tries + 1)); [ $tries -lt 100 ] || exit 9; sleep 0.1; done",
        sshd.text("heard")
    );
    let command = Command { begun: Some("begun-now"), ..command(&script) };
    let mut told = Vec::new();
    let mut tell = |word| {
        told.push(word);
        std::fs::write(&heard, "").unwrap();
    };
    let done = sshd.session().run_gated(&command, &mut |_| Go::Start, &mut tell);
    assert_eq!(done.unwrap().unwrap().status, 0);
    assert_eq!(told, [Word::Begun]);
}

#[test]
fn who_waits_for_a_beginning_is_told_that_it_is_still_to_come() {
    let sshd = Sshd::start();
    let dialer = Dialer::new(Limits { silence: Duration::from_millis(200), ..limits() }, surroundings());
    let mut session = connect_with(&dialer, &sshd.access()).unwrap();
    // It says much, and for long not what is waited for; the word comes in two parts.
    let script = "tries=0; while [ $tries -lt 10 ]; do tries=$((tries + 1)); echo $tries; sleep 0.1; done; \
         printf begun-; sleep 0.1; echo now; sleep 1";
    let command = Command { begun: Some("begun-now"), ..command(script) };
    let mut told = Vec::new();
    let done = session.run_gated(&command, &mut |_| Go::Start, &mut |word| told.push(word));
    assert_eq!(done.unwrap().unwrap().status, 0);
    let (last, before) = told.split_last().unwrap();
    assert!(before.len() >= 3 && before.iter().all(|word| *word == Word::Silent), "{told:?}");
    assert_eq!(*last, Word::Begun);
}

#[test]
fn a_command_that_ends_without_a_word_has_begun_and_of_one_that_is_lost_nothing_is_known() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    let mut told = Vec::new();
    let silent = Command { begun: Some("begun-now"), ..command("exit 7") };
    let done = session.run_gated(&silent, &mut |_| Go::Start, &mut |word| told.push(word));
    assert_eq!(done.unwrap().unwrap().status, 7);
    // What it has started may go on without it.
    let killed = Command { begun: Some("begun-now"), ..command("kill -9 $$") };
    let failure = session.run_gated(&killed, &mut |_| Go::Start, &mut |word| told.push(word)).unwrap_err();
    assert!(failure.started, "{failure:?}");
    let script = format!("touch {}; sleep 60", sshd.text("there"));
    let long = Command { begun: Some("begun-now"), ..command(&script) };
    let there = sshd.path("there");
    let failure = thread::scope(|scope| {
        scope.spawn(|| {
            let came = (0..200).any(|_| {
                thread::sleep(Duration::from_millis(50));
                there.exists()
            });
            assert!(came, "the command began");
            relay.cut();
        });
        session.run_gated(&long, &mut |_| Go::Start, &mut |word| told.push(word)).unwrap_err()
    });
    assert!(failure.started, "{failure:?}");
    assert_eq!(told, [Word::Begun, Word::Silent, Word::Silent]);
}

#[test]
fn the_time_at_the_gate_is_not_the_command_s_and_the_connection_lives() {
    // sshd hangs up on a client that is silent for two seconds.
    let sshd = Sshd::with("ClientAliveInterval 1\nClientAliveCountMax 1");
    let mut session = sshd.session();
    let done = session.run_gated(
        &Command::new("echo done", Duration::from_secs(2)),
        &mut |_| {
            thread::sleep(Duration::from_millis(3500));
            Go::Start
        },
        &mut |_| {},
    );
    assert_eq!(done.unwrap().unwrap().stdout, "done\n");
}

#[test]
fn a_connection_lost_at_the_gate_is_not_a_start() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    let failure = session
        .run_gated(
            &command("true"),
            &mut |is_there| {
                assert!(is_there());
                relay.cut();
                let noticed = (0..100).any(|_| {
                    thread::sleep(Duration::from_millis(50));
                    !is_there()
                });
                assert!(noticed, "the gate can be told that nobody is there any more");
                Go::Start
            },
            &mut |_| panic!("nothing began"),
        )
        .unwrap_err();
    assert_failure(&failure, Class::ConnectionLost, &[]);
    assert!(failure.reached && !failure.started);
}

#[test]
fn many_sessions_run_at_once_with_one_dialer() {
    let sshd = Sshd::with("MaxStartups 10:30:100");
    // sshd counts a login for a moment after it has succeeded.
    let dialer = Dialer::new(Limits { per_server: 4, ..limits() }, surroundings());
    let access = sshd.access();
    thread::scope(|scope| {
        for number in 0..24 {
            let (dialer, access) = (&dialer, &access);
            scope.spawn(move || {
                let mut session = connect_with(dialer, access).unwrap();
                assert_eq!(run(&mut session, &format!("echo {number}")).stdout, format!("{number}\n"));
            });
        }
    });
}

#[test]
fn no_output_is_overlooked() {
    let sshd = Sshd::start();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut session = sshd.session();
                for number in 0..40 {
                    let done = session
                        .run(&Command::new("echo err >&2; echo out; echo err >&2", Duration::from_secs(5)));
                    let done = done.unwrap_or_else(|failure| panic!("{number}: {failure:?}"));
                    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("out\n", "err\nerr\n"));
                }
            });
        }
    });
}
