//! What do other terminals want of a run that is going on?
#![expect(clippy::disallowed_methods, reason = "this is the room where files are opened")]

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::files::append_to;
use super::{RunFolder, StoreError};
use crate::model::Given;

/// The orders to the process that carries a run out: an append-only file, one JSON object a line.
///
/// Only the account that the run's folder belongs to can write it, and so give orders.
#[derive(Debug)]
pub struct Orders {
    file: File,
    path: PathBuf,
    /// How many bytes were read or are of no interest.
    read: u64,
}

impl Orders {
    /// Listens from here on: orders to an earlier process are not carried out again.
    ///
    /// Open it before the journal is held, and no order is missed: nobody gives one earlier.
    pub fn open(folder: &RunFolder) -> Result<Self, StoreError> {
        let path = folder.orders();
        // Made by the run itself, so that it may read what root writes into it.
        let file = opened(&path, true)?;
        let read = length(&file, &path)?;
        Ok(Self { file, path, read })
    }

    /// The orders given since the last call; a line that is still being written waits for the next one.
    ///
    /// A line that is no order is told as [`StoreError::Content`], once, and skipped.
    #[expect(clippy::should_implement_trait, reason = "it never ends, and may fail")]
    pub fn next(&mut self) -> Result<Vec<Given>, StoreError> {
        let length = length(&self.file, &self.path)?;
        // Whoever cuts the file takes back what was not read yet, and nothing is carried out twice.
        self.read = self.read.min(length);
        let mut fresh = vec![0; usize::try_from(length - self.read).unwrap_or_default()];
        let failed = |error| StoreError::io("read", &self.path, error);
        self.file.read_exact_at(&mut fresh, self.read).map_err(failed)?;
        let mut given = Vec::new();
        for line in fresh.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
            match serde_json::from_slice(line) {
                Ok(order) => given.push(order),
                Err(_) if line.trim_ascii().is_empty() => {}
                // Told at the next call, when nothing is lost by it.
                Err(_) if !given.is_empty() => break,
                Err(error) => {
                    self.read += line.len() as u64;
                    return Err(StoreError::content(
                        &self.path,
                        format!("has a line that is no order: {error}"),
                    ));
                }
            }
            self.read += line.len() as u64;
        }
        Ok(given)
    }

    /// Writes an order down for the process that carries the run out.
    pub fn give(folder: &RunFolder, given: &Given) -> Result<(), StoreError> {
        let path = folder.orders();
        let mut file = opened(&path, false)?;
        let failed = |error: std::io::Error| StoreError::io("write", &path, error);
        let line = serde_json::to_string(given).map_err(|error| failed(error.into()))?;
        // Two orders at once must not both mend the same torn line.
        file.lock().map_err(failed)?;
        append_to(&mut file, &line).map_err(failed)
    }
}

fn opened(path: &Path, create: bool) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(create).mode(0o600);
    options.open(path).map_err(|error| StoreError::io("open", path, error))
}

fn length(file: &File, path: &Path) -> Result<u64, StoreError> {
    let metadata = file.metadata().map_err(|error| StoreError::io("read", path, error))?;
    Ok(metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Order, Rate};
    use crate::store::StateFolder;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn run(folder: &tempfile::TempDir) -> RunFolder {
        StateFolder::new(folder.path()).new_run("run").unwrap()
    }

    fn given(id: &str, order: Order) -> Given {
        Given { id: id.into(), at: jiff::Timestamp::UNIX_EPOCH, by: "ada@ops1".into(), order }
    }

    fn append(run: &RunFolder, text: &str) {
        let old = fs::read_to_string(run.orders()).unwrap();
        fs::write(run.orders(), old + text).unwrap();
    }

    #[test]
    fn orders_arrive_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        let mut orders = Orders::open(&run).unwrap();
        assert_eq!(orders.next().unwrap(), []);
        let sent = [given("1", Order::Pause), given("2", Order::Rate { rate: Rate::per_minute(20) })];
        sent.iter().for_each(|order| Orders::give(&run, order).unwrap());
        assert_eq!(orders.next().unwrap(), sent);
        assert_eq!(orders.next().unwrap(), []);
        assert_eq!(fs::metadata(run.orders()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn orders_to_an_earlier_process_are_not_carried_out_again() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        drop(Orders::open(&run).unwrap());
        Orders::give(&run, &given("1", Order::Halt)).unwrap();
        let mut orders = Orders::open(&run).unwrap();
        Orders::give(&run, &given("2", Order::Continue)).unwrap();
        assert_eq!(orders.next().unwrap(), [given("2", Order::Continue)]);
    }

    #[test]
    fn a_run_that_never_listened_gets_no_orders() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        assert!(Orders::give(&run, &given("1", Order::Pause)).is_err());
        assert!(!run.orders().exists());
    }

    #[test]
    fn a_torn_line_waits_at_every_length_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        let line = serde_json::to_string(&given("1", Order::Pause)).unwrap() + "\n";
        for cut in 0..line.len() {
            let mut orders = Orders::open(&run).unwrap();
            append(&run, &line[..cut]);
            assert_eq!(orders.next().unwrap(), [], "{cut}");
            append(&run, &line[cut..]);
            assert_eq!(orders.next().unwrap(), [given("1", Order::Pause)], "{cut}");
        }
    }

    #[test]
    fn what_is_no_order_is_told_once_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        let mut orders = Orders::open(&run).unwrap();
        Orders::give(&run, &given("1", Order::Pause)).unwrap();
        append(&run, "{\"order\":\"dance\"}\n");
        // Torn by a full disk; whoever writes next begins a line of his own.
        append(&run, "{\"id\":");
        Orders::give(&run, &given("2", Order::Continue)).unwrap();
        assert_eq!(orders.next().unwrap(), [given("1", Order::Pause)]);
        for _ in 0..2 {
            assert!(matches!(orders.next(), Err(StoreError::Content { .. })));
        }
        assert_eq!(orders.next().unwrap(), [given("2", Order::Continue)]);
        assert_eq!(orders.next().unwrap(), []);
    }

    #[test]
    fn a_cut_file_repeats_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder);
        let mut orders = Orders::open(&run).unwrap();
        Orders::give(&run, &given("1", Order::Pause)).unwrap();
        assert_eq!(orders.next().unwrap().len(), 1);
        fs::write(run.orders(), "").unwrap();
        assert_eq!(orders.next().unwrap(), []);
        Orders::give(&run, &given("2", Order::Halt)).unwrap();
        assert_eq!(orders.next().unwrap(), [given("2", Order::Halt)]);
    }
}
