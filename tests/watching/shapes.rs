//! Would the services take these messages? What their references ask for, checked strictly.

use serde_json::Value;

/// The keys of an object, which must be these and no others.
#[track_caller]
fn has_keys(value: &Value, wanted: &[&str], allowed: &[&str]) {
    let keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    for key in wanted {
        assert!(keys.contains(key), "`{key}` is missing in {value}");
    }
    for key in keys {
        assert!(wanted.contains(&key) || allowed.contains(&key), "`{key}` is not known in {value}");
    }
}

fn text(value: &Value, most: usize) -> &str {
    let text = value.as_str().expect("a text");
    assert!(!text.is_empty() && text.chars().count() <= most, "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    text
}

/// Text in which `<`, `>` and `&` stand for themselves.
fn mrkdwn(value: &Value, most: usize) -> &str {
    let text = text(value, most);
    assert!(!text.contains(['<', '>']), "{text}");
    for rest in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;"].iter().any(|entity| rest.starts_with(entity)), "{text}");
    }
    text
}

/// Slack: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks> and the reference of blocks.
pub fn slack(message: &Value) -> String {
    has_keys(message, &["text", "blocks"], &[]);
    mrkdwn(&message["text"], 4000);
    let blocks = message["blocks"].as_array().expect("blocks");
    assert!(!blocks.is_empty() && blocks.len() <= 50);
    for block in blocks {
        has_keys(block, &["type", "text"], &[]);
        match block["type"].as_str() {
            Some("header") => {
                has_keys(&block["text"], &["type", "text"], &["emoji"]);
                assert_eq!(block["text"]["type"], "plain_text");
                text(&block["text"]["text"], 150);
            }
            Some("section") => {
                has_keys(&block["text"], &["type", "text"], &["verbatim"]);
                assert_eq!(block["text"]["type"], "mrkdwn");
                mrkdwn(&block["text"]["text"], 3000);
            }
            other => panic!("{other:?} is no block that is sent"),
        }
    }
    message.to_string()
}

/// Teams: a workflow's "when a webhook request is received", and the schema of adaptive cards 1.4.
pub fn teams(message: &Value) -> String {
    assert!(message.to_string().len() < 28 * 1024, "Teams takes 28 KB");
    has_keys(message, &["type", "attachments"], &[]);
    assert_eq!(message["type"], "message");
    let attachments = message["attachments"].as_array().expect("attachments");
    assert_eq!(attachments.len(), 1);
    has_keys(&attachments[0], &["contentType", "contentUrl", "content"], &[]);
    assert_eq!(attachments[0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = &attachments[0]["content"];
    has_keys(card, &["$schema", "type", "version", "body"], &[]);
    assert_eq!((card["type"].as_str(), card["version"].as_str()), (Some("AdaptiveCard"), Some("1.4")));
    let body = card["body"].as_array().expect("a body");
    assert!(body.len() > 3);
    for block in body {
        has_keys(block, &["type", "inlines"], &["spacing"]);
        assert_eq!(block["type"], "RichTextBlock");
        for run in block["inlines"].as_array().expect("runs") {
            has_keys(run, &["type", "text"], &["weight", "size", "isSubtle"]);
            assert_eq!(run["type"], "TextRun");
            text(&run["text"], 1000);
        }
    }
    message.to_string()
}

/// Our own form, as docs/watching.md describes it.
pub fn json(message: &Value) {
    has_keys(
        message,
        &["format_version", "event", "title", "run", "site", "plan_id", "at", "hosts", "counts", "seconds"],
        &["wave", "rule", "why", "last_mishap", "exit", "next"],
    );
    assert_eq!(message["format_version"], 1);
    text(&message["title"], 301);
    message["at"].as_str().expect("a text").parse::<jiff::Timestamp>().expect("a moment");
    let counted: u64 = message["counts"]
        .as_object()
        .expect("counts")
        .values()
        .map(|count| count.as_u64().expect("a count"))
        .sum();
    assert!(counted <= message["hosts"].as_u64().expect("hosts"), "{message}");
}
