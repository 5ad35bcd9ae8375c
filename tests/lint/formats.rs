//! Does each format hold the same findings, and is it what its readers take?

use serde_json::Value;

use crate::findings::odd;
use crate::{Project, flaws, validator};

fn shown(project: &Project, format: &str) -> String {
    let done = project.jumpfleet(&["lint", "-i", "fleet.yaml", "--format", format]).expect(0);
    assert_eq!(done.stderr, "");
    assert!(!done.stdout.contains("hunter"), "{}", done.stdout);
    done.stdout
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn json_fits_its_schema_and_points_at_the_places() {
    let found = read(&shown(&odd(), "json"));
    let schema = validator("schemas/lint.json");
    assert_eq!(flaws(&schema, &found), "");
    assert_eq!((&found["errors"], &found["warnings"], &found["notes"]), (&0.into(), &12.into(), &1.into()));
    let spelling = &found["findings"][1];
    let place = [&spelling["file"], &spelling["line"], &spelling["column"], &spelling["width"]];
    assert_eq!(place, [&Value::from("fleet.yaml"), &3.into(), &36.into(), &6.into()]);
    assert_eq!(
        (&spelling["code"], &spelling["hint"]),
        (&"old_spelling".into(), &"write `ansible_user`".into())
    );
    let mut bent = found.clone();
    bent["findings"][0]["level"] = "fatal".into();
    assert!(!schema.is_valid(&bent));
}

/// OASIS's schema, as the npm package `@microsoft/jest-sarif` ships it (MIT).
///
/// Its expression for languages has a bracket that nothing opens, which a strict validator does not take.
fn official() -> jsonschema::Validator {
    let schema = include_str!("sarif-2.1.0-rtm.5.json").replace("{2}]?$", "{2}$");
    jsonschema::validator_for(&read(&schema)).unwrap()
}

#[test]
fn sarif_is_sarif() {
    let project = odd();
    let log = read(&shown(&project, "sarif"));
    let schema = official();
    assert_eq!(flaws(&schema, &log), "");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 13);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let place = &results[1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "fleet.yaml");
    assert_eq!(place["region"], serde_json::json!({"startLine": 3, "startColumn": 36, "endColumn": 42}));
    let mut bent = log.clone();
    bent["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!schema.is_valid(&bent), "a schema that takes everything");
    let written =
        project.jumpfleet(&["lint", "-i", "fleet.yaml", "--format", "sarif", "-o", "out.sarif"]).expect(0);
    assert_eq!((written.stdout.as_str(), written.stderr.as_str()), ("", "12 warnings, 1 note\n"));
    assert_eq!(read(&std::fs::read_to_string(project.path().join("out.sarif")).unwrap()), log);
}

#[test]
fn github_shows_nine_of_a_level_and_how_many_more() {
    let project = odd();
    let lines = shown(&project, "github");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("::warning ")).count(), 10);
    assert_eq!(lines.iter().filter(|line| line.starts_with("::notice ")).count(), 1);
    let spelling = "::warning file=fleet.yaml,line=3,col=36,title=old spelling::\
                    `ansible_ssh_user` is an old spelling: write `ansible_user`";
    assert!(lines.contains(&spelling), "{lines:?}");
    let more = "::warning title=3 more::and 3 more: `jumpfleet lint` shows them all";
    assert!(lines.contains(&more), "{lines:?}");
}

/// CI systems want paths below the repository, wherever the command is given.
#[test]
fn paths_are_those_of_the_repository() {
    let project = Project::with(&[
        ("repo/ops/jumpfleet.yaml", "appliance: {site: a.example}\nreleases: {}\nrollout: {at_once: 0}\n"),
        ("repo/ops/inv/fleet.yaml", "web: {hosts: {web01: {jc_tga: x}}}\n"),
    ]);
    let root = project.path().join("repo").display().to_string();
    for (format, variable, wanted) in [
        ("github", "GITHUB_WORKSPACE", "file=ops/inv/fleet.yaml,line=1,"),
        ("gitlab-codequality", "CI_PROJECT_DIR", "\"path\":\"ops/inv/fleet.yaml\""),
        ("sarif", "GITHUB_WORKSPACE", "\"uri\": \"ops/inv/fleet.yaml\""),
    ] {
        let inside = [
            "--config",
            "repo/ops/jumpfleet.yaml",
            "lint",
            "-i",
            "repo/ops/inv/fleet.yaml",
            "--format",
            format,
        ];
        let done = project.jumpfleet_with(&inside, &[(variable, &root)]).expect(2);
        assert!(done.stdout.contains(wanted), "{}", done.stdout);
    }
}

#[test]
fn gitlab_gets_issues_that_differ() {
    let issues = read(&shown(&odd(), "gitlab-codequality"));
    let issues = issues.as_array().unwrap();
    assert_eq!(issues.len(), 13);
    for issue in issues {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[key].as_str().is_some_and(|text| !text.is_empty()), "{issue}");
        }
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
    }
    let mut prints: Vec<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn what_a_file_holds_is_no_command_and_no_escape_code() {
    let name = "x\u{1b}[31m::error::y%0A::z";
    let project = Project::with(&[
        ("jumpfleet.yaml", "appliance: {site: a.example, model: b300}\nreleases: {}\n"),
        (
            "fleet.yaml",
            &format!("web: {{hosts: {{web01: {{\"jc_{}\": 1}}}}}}\n", name.replace('\u{1b}', "\\e")),
        ),
    ]);
    for format in ["text", "json", "github", "sarif", "gitlab-codequality"] {
        let done = project.jumpfleet(&["lint", "-i", "fleet.yaml", "--format", format]).expect(2);
        assert!(!done.stdout.contains('\u{1b}'), "{format}: {}", done.stdout);
        let commands = done.stdout.lines().filter(|line| line.trim_start().starts_with("::")).count();
        assert_eq!(commands, usize::from(format == "github"), "{format}: {}", done.stdout);
    }
}
