//! What does a person want of a run that another process carries out?

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Happening, Rate};

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// No installers are started for a while.
    Pause,
    /// The run goes on, after a pause or behind a gate.
    Continue,
    /// No installers are started any more; what runs is waited for.
    Halt,
    /// Installers are started at this rate.
    Rate {
        /// The most starts per time.
        rate: Rate,
    },
}

/// An order, and who gave it when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Tells it from others of the same person.
    pub id: String,
    /// When, by this machine's wall clock.
    pub at: Timestamp,
    /// Who: login name and controller host.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub order: Order,
}

impl Given {
    /// What is written down once it is carried out.
    pub fn done(&self) -> Happening {
        let by = self.by.clone();
        match self.order {
            Order::Pause => Happening::Paused { by },
            Order::Continue => Happening::Continued { by },
            Order::Halt => Happening::HaltRequested { by },
            Order::Rate { rate } => Happening::RateSet { rate, by },
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause => write!(out, "pause"),
            Self::Continue => write!(out, "continue"),
            Self::Halt => write!(out, "halt"),
            Self::Rate { rate } => write!(out, "rate {rate}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_flat_line() {
        let given = |order| Given { id: "1".into(), at: Timestamp::UNIX_EPOCH, by: "ada@ops1".into(), order };
        for (order, line) in [
            (Order::Pause, r#"{"id":"1","at":"1970-01-01T00:00:00Z","by":"ada@ops1","order":"pause"}"#),
            (
                Order::Rate { rate: Rate::per_minute(20) },
                r#"{"id":"1","at":"1970-01-01T00:00:00Z","by":"ada@ops1","order":"rate","rate":"20/min"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&given(order)).unwrap(), line);
            assert_eq!(serde_json::from_str::<Given>(line).unwrap(), given(order));
        }
    }
}
