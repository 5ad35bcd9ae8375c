//! Do the real interpreters give back every value that was quoted for them?
//!
//! A missing interpreter fails its test. PowerShell is not to be had here: its literals have only a
//! table beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may end here")]
#![allow(clippy::disallowed_methods, reason = "a test writes the files its interpreters read")]

#[path = "quoting/msi_line.rs"]
mod msi_line;
#[path = "quoting/programs.rs"]
mod programs;
#[path = "quoting/systemd.rs"]
mod systemd;
#[path = "quoting/values.rs"]
mod values;
#[path = "quoting/windows.rs"]
mod windows;
mod wine;

use std::borrow::Cow;
use std::process::Command;

use jumpfleet::installer::installer;
use jumpfleet::model::{Boot, KeySource, Parameter, Platform, Product, Quote, Shape, Slot};
use jumpfleet::shell::{fill, quote};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use values::{KNOWN, anything, printable};

/// What all values are drawn from: a value that fails today fails tomorrow.
const SEED: &[u8; 32] = b"values that shells like to break";

fn runner() -> TestRunner {
    TestRunner::new_with_rng(few(), TestRng::from_seed(RngAlgorithm::ChaCha, SEED))
}

/// Few cases of many values: starting an interpreter is what costs.
fn few() -> ProptestConfig {
    ProptestConfig { cases: 8, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() }
}

fn known() -> Vec<String> {
    KNOWN.map(str::to_owned).to_vec()
}

/// The known values and as many drawn ones as asked for.
fn drawn(count: usize) -> Vec<String> {
    let mut runner = runner();
    let draw = || printable().new_tree(&mut runner).unwrap().current();
    known().into_iter().chain(std::iter::repeat_with(draw).take(count)).collect()
}

/// Wine's msiexec drops doubled quotes and doubled spaces and takes `A="" B=""` for one property, all
/// unlike Windows Installer's own rules, so it can judge only values without them.
fn within_wine(values: Vec<String>) -> Vec<String> {
    let judged = |value: &String| !value.is_empty() && !value.contains('"') && !value.contains("  ");
    values.into_iter().filter(judged).collect()
}

fn quoted(kind: Quote, values: &[String]) -> String {
    values.iter().map(|value| quote(kind, value)).collect::<Vec<_>>().join(" ")
}

/// The known values come first: they also tell of a missing program before anything is shrunk.
fn every_value(given_back: impl Fn(&[String]) -> Result<(), TestCaseError>) {
    given_back(&known()).unwrap_or_else(|error| panic!("{error}"));
    runner()
        .run(&vec(anything(), 250..500), |values| given_back(&values))
        .unwrap_or_else(|error| panic!("{error}"));
}

fn by_sh(program: &[&str], package: &str, values: &[String]) -> Result<(), TestCaseError> {
    let script = programs::written(&format!("printf '%s\\0' {}\n", quoted(Quote::Posix, values)));
    let ran = programs::run(Command::new(program[0]).args(&program[1..]).arg(script.path()), package);
    let expected: Vec<u8> = values.iter().flat_map(|value| value.bytes().chain([0])).collect();
    prop_assert_eq!(ran.err, "");
    prop_assert_eq!(String::from_utf8_lossy(&ran.out), String::from_utf8_lossy(&expected));
    Ok(())
}

/// systemd puts variables in when it starts the command, so `$$` is still there when it was read.
fn by_systemd(values: &[String]) -> Result<(), TestCaseError> {
    let words = systemd::words(&format!("/bin/echo {}", quoted(Quote::SystemdWord, values)));
    let expected: Vec<String> = values.iter().map(|value| value.replace('$', "$$")).collect();
    prop_assert_eq!(&words[1..], expected);
    Ok(())
}

#[test]
fn dash_gives_back_every_value() {
    every_value(|values| by_sh(&["dash"], "dash", values));
}

#[test]
fn bash_gives_back_every_value() {
    every_value(|values| by_sh(&["bash"], "bash", values));
}

#[test]
fn busybox_gives_back_every_value() {
    every_value(|values| by_sh(&["busybox", "sh"], "busybox-static", values));
}

#[test]
fn systemd_gives_back_every_value() {
    every_value(by_systemd);
}

#[test]
fn systemd_finds_a_program_by_its_quoted_path() {
    let folder = tempfile::Builder::new().prefix("odd %h (name); #").tempdir().unwrap();
    let program = folder.path().join("init-script");
    std::os::unix::fs::symlink("/bin/sh", &program).unwrap();
    let program = program.to_str().unwrap();
    assert_eq!(systemd::words(&format!("{} start", quote(Quote::SystemdWord, program))), [program, "start"]);
}

/// One test for all of Windows: the prefix is what costs.
#[test]
fn windows_programs_hear_every_value() {
    let windows = wine::Windows::new();
    windows.compile("argv");
    windows.compile("registry");
    let values = drawn(2400);
    arguments_survive(&windows, &values, ON_A_LINE);
    arguments_survive(&windows, &long(), 1);
    staged_arguments_survive(&windows, &values);
    for (number, values) in within_wine(values.clone()).chunks(200).enumerate() {
        properties_survive(&windows, &format!("Drawn{number}"), values);
    }
    for value in within_wine(long()) {
        properties_survive(&windows, "Long", &[value]);
    }
    properties_survive(&windows, "Empty", &[String::new()]);
    // Last, for its msiexec stands before Wine's own.
    staged_properties_survive(&windows, &values);
}

/// As long as the site's longest value, made of what grows when it is quoted.
fn long() -> Vec<String> {
    ["%", "a ", "^&", "\\", "漢", "a\"b"].map(|piece| piece.repeat(1024 / piece.chars().count())).to_vec()
}

/// How many values share a line, which cmd.exe reads up to 8,191 characters of.
const ON_A_LINE: usize = 12;

/// Several on a line, so that a quote left open by one would spoil the next.
fn arguments_survive(windows: &wine::Windows, values: &[String], on_a_line: usize) {
    let lines: Vec<&[String]> = values.chunks(on_a_line).collect();
    let said: Vec<String> = lines
        .iter()
        .map(|line| format!("argv.exe {} & echo next", quoted(Quote::WindowsArgument, line)))
        .collect();
    let expected: Vec<String> =
        lines.iter().flat_map(|line| [hexadecimal(line), "next".to_owned()]).collect();
    let heard = windows.batch(&said);
    for (index, (heard, expected)) in heard.iter().zip(&expected).enumerate() {
        assert_eq!(heard, expected, "by {}", said[index / 2]);
    }
    assert_eq!(heard.len(), expected.len());
}

/// How many values a line of the product's own holds, each in another place.
const PLACES: usize = 1 + VALUED.len();

/// Every override with a value.
const VALUED: [Parameter; 7] = [
    Parameter::Name,
    Parameter::JumpGroup,
    Parameter::JumpPolicy,
    Parameter::SessionPolicy,
    Parameter::Tag,
    Parameter::Comments,
    Parameter::MaxOfflineMinutes,
];

/// What the product says to a host, with values in all places; the folder is the first of them.
fn command_lines(platform: Platform, file: &str, values: &[String]) -> Vec<(String, Vec<String>)> {
    let key = if platform == Platform::WindowsMsi { KeySource::Argument } else { KeySource::FileName };
    let shape = Shape {
        platform,
        product: Product::BomgarPec,
        key,
        parameters: VALUED.into(),
        install_dir: true,
        user: false,
        elevate: false,
        marker: false,
        boot: Boot::Systemd,
    };
    let command = installer(platform).invocation(&shape).command;
    let filled = |line: &[String]| {
        let value = |slot| {
            let place = |wanted| VALUED.iter().position(|parameter| *parameter == wanted).unwrap();
            Some(Cow::Borrowed(match slot {
                Slot::FileName => file,
                Slot::Key => "w0dc3056",
                Slot::Parameter(wanted) => line[1 + place(wanted)].as_str(),
                _ => line[0].as_str(),
            }))
        };
        (fill(&command, value).unwrap(), line.to_vec())
    };
    values.chunks_exact(PLACES).map(filled).collect()
}

/// What is heard from the product's own lines, as the installer's job runs them: below the head of its batch files, with
/// their output in a file.
fn heard_from_the_job(windows: &wine::Windows, lines: &[(String, Vec<String>)]) -> Vec<String> {
    let head = include_str!("../src/installer/windows/head.cmd").lines().map(str::to_owned);
    let quiet = ["if exist install.out del install.out".to_owned()];
    let runs = lines.iter().map(|(line, _)| format!("{line} >>install.out 2>&1"));
    let said: Vec<String> = head.chain(quiet).chain(runs).chain(["type install.out".to_owned()]).collect();
    let heard = windows.batch(&said);
    assert_eq!(heard.len(), lines.len());
    heard
}

/// The EXE's own line.
fn staged_arguments_survive(windows: &wine::Windows, values: &[String]) {
    let lines = command_lines(Platform::WindowsExe, "argv.exe", values);
    for (heard, (line, values)) in heard_from_the_job(windows, &lines).iter().zip(&lines) {
        let mut words = vec!["--install-dir".to_owned(), values[0].clone()];
        let mut named: Vec<_> = VALUED.iter().zip(&values[1..]).collect();
        named.sort();
        words.extend(
            named.into_iter().flat_map(|(parameter, value)| [parameter.flag().to_owned(), value.clone()]),
        );
        words.push("--silent".to_owned());
        assert_eq!(*heard, hexadecimal(&words), "by {line}");
    }
}

/// The package's own line, read by the rules of Windows Installer, which Wine's own reading bends.
fn staged_properties_survive(windows: &wine::Windows, values: &[String]) {
    windows.compile("msiexec");
    let lines = command_lines(Platform::WindowsMsi, "bomgar-pec-win64.msi", values);
    for (heard, (line, values)) in heard_from_the_job(windows, &lines).iter().zip(&lines) {
        let heard = String::from_utf8(bytes(heard.strip_prefix('=').unwrap())).unwrap();
        let mut read = msi_line::read(&heard).unwrap_or_else(|why| panic!("{why} in {heard}, by {line}"));
        assert_eq!(
            read.switches,
            ["/i", "bomgar-pec-win64.msi", "/quiet", "/norestart", "/l*v", "install.log"]
        );
        let mut take =
            |name: &str| read.properties.remove(name).unwrap_or_else(|| panic!("no {name} by {line}"));
        assert_eq!((take("KEY_INFO").as_str(), &take("INSTALLDIR")), ("w0dc3056", &values[0]), "by {line}");
        for (parameter, value) in VALUED.iter().zip(&values[1..]) {
            assert_eq!(take(&parameter.word().to_uppercase()), *value, "by {line}");
        }
        assert!(read.properties.is_empty(), "{:?} by {line}", read.properties);
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// One installation, whose properties are then read back from the registry.
fn properties_survive(windows: &wine::Windows, name: &str, values: &[String]) {
    let (key, package) = (format!(r"SOFTWARE\Quoting{name}"), format!("{name}.msi"));
    windows.package(&package, &key, values.len());
    let said: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("V{index}={}", quote(Quote::MsiProperty, value)))
        .collect();
    let script = [
        format!("msiexec /i {package} {} /quiet", said.join(" ")),
        "echo %errorlevel%".to_owned(),
        format!("registry.exe {key}"),
    ];
    let heard = windows.batch(&script);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(heard[0], "0");
    let heard: Vec<&str> = heard[1].split(' ').collect();
    for ((heard, value), said) in heard.iter().zip(values).zip(&said) {
        assert_eq!(*heard, hexadecimal(&[format!("={value}")]), "by {said}");
    }
    assert_eq!(heard.len(), values.len());
}

/// The form in which the C programs print what they heard.
fn hexadecimal(values: &[String]) -> String {
    let digits = |value: &String| value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    values.iter().map(|value| format!("={}", digits(value))).collect::<Vec<_>>().join(" ")
}
