//! Who are we deploying to?
mod complaint;
mod node;
mod scalar;
mod yaml;

pub use node::{Entry, Node, Tree, tree};
