//! How does a message look to whoever takes it? Bytes of JSON in the form that each service asks for; pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::message::Message;
use crate::model::words;

words! {
    /// Who takes messages.
    Shape, "a shape" {
        /// Any program: one JSON object.
        Json = "json",
        /// Slack, and what takes its incoming webhooks: blocks of mrkdwn.
        Slack = "slack",
        /// Microsoft Teams, by a workflow's webhook: an adaptive card.
        Teams = "teams",
    }
}

/// The most characters of a header block (Slack's reference of blocks).
const SLACK_HEADER: usize = 150;

impl Shape {
    /// The body of the request that tells a message.
    pub fn body(self, message: &Message) -> Vec<u8> {
        let body = match self {
            Self::Json => return serde_json::to_vec(message).unwrap_or_default(),
            Self::Slack => slack(message),
            Self::Teams => teams(message),
        };
        body.to_string().into_bytes()
    }
}

/// Slack takes `<` for the begin of a link or a call to everybody, and `&` for that of an entity.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A title that fits into a header block, with `…` for what is left out.
fn header(title: &str) -> String {
    match title.char_indices().nth(SLACK_HEADER) {
        Some(_) => title.chars().take(SLACK_HEADER - 1).chain(['…']).collect(),
        None => title.to_owned(),
    }
}

fn slack(message: &Message) -> Value {
    let title = header(&message.title);
    let lines: Vec<String> =
        message.facts().iter().map(|(name, value)| format!("*{name}:* {}", escaped(value))).collect();
    json!({
        "text": escaped(&message.title),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}},
            // Verbatim: names of hosts are neither links nor channels.
            {"type": "section", "text": {"type": "mrkdwn", "text": lines.join("\n"), "verbatim": true}},
        ],
    })
}

/// Rich text knows no markup, so nothing in it has to be escaped.
fn teams(message: &Message) -> Value {
    let run = |text: &str, more: Value| {
        let mut run = json!({"type": "TextRun", "text": text});
        if let (Some(run), Value::Object(more)) = (run.as_object_mut(), more) {
            run.extend(more);
        }
        run
    };
    let title = json!({
        "type": "RichTextBlock",
        "inlines": [run(&message.title, json!({"weight": "Bolder", "size": "Medium"}))],
    });
    let fact = |(name, value): &(&str, String)| {
        json!({
            "type": "RichTextBlock",
            "spacing": "Small",
            "inlines": [run(&format!("{name}: "), json!({"isSubtle": true})), run(value, json!({}))],
        })
    };
    let body: Vec<Value> = std::iter::once(title).chain(message.facts().iter().map(fact)).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::watch::message::Occasion;

    fn message() -> Message {
        Message {
            format_version: 1,
            event: Occasion::Halt,
            title: format!("<!channel> & *all* {}", "x".repeat(200)),
            run: "20260501T220000Z-3f2a".to_owned(),
            site: "pra.example.org".to_owned(),
            plan_id: "3f2a".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            hosts: 3,
            counts: Default::default(),
            seconds: 61,
            wave: None,
            rule: Some("failures".to_owned()),
            why: Some("<https://evil.example.org|click> \"}]} &amp; [x](http://y) <at>all</at>".to_owned()),
            last_mishap: None,
            exit: None,
            next: None,
        }
    }

    fn parsed(shape: Shape) -> Value {
        serde_json::from_slice(&shape.body(&message())).expect("JSON")
    }

    #[test]
    fn slack_sees_neither_links_nor_calls() {
        let body = parsed(Shape::Slack);
        let section = body["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(
            section.contains("*Why:* &lt;https://evil.example.org|click&gt; \"}]} &amp;amp; [x]"),
            "{section}"
        );
        assert!(body["text"].as_str().unwrap().starts_with("&lt;!channel&gt; &amp; "));
        let header = body["blocks"][0]["text"]["text"].as_str().unwrap();
        assert_eq!(header.chars().count(), SLACK_HEADER);
        assert!(header.ends_with("x…"), "{header}");
        assert_eq!(super::header(&"x".repeat(SLACK_HEADER)), "x".repeat(SLACK_HEADER));
        assert!(!section.contains(['<', '>']));
    }

    #[test]
    fn teams_sees_text_that_knows_no_markup() {
        let body = parsed(Shape::Teams);
        let lines = body["attachments"][0]["content"]["body"].as_array().unwrap();
        assert!(lines.iter().all(|line| line["type"] == "RichTextBlock"));
        let why = message().why.unwrap();
        assert!(lines.iter().any(|line| line["inlines"][1]["text"] == why.as_str()), "{body}");
        assert!(body["attachments"][0]["content"].get("msteams").is_none());
    }

    #[test]
    fn programs_see_every_field() {
        let body = parsed(Shape::Json);
        assert_eq!(body["why"], message().why.unwrap());
        assert_eq!((&body["event"], &body["seconds"]), (&json!("halt"), &json!(61)));
        assert!(body.get("wave").is_none());
    }
}
