//! What happened in a run, written down before it is believed?
#![expect(clippy::disallowed_methods, reason = "this is the room where files are opened")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::StoreError;
use crate::model::{Event, Happening, JOURNAL_FORMAT, readable};

/// How often and how long a lock is waited for that somebody else only looks at.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_millis(10);

/// An append-only file of events, one JSON object a line, held by one process at a time.
#[derive(Debug)]
pub struct Journal {
    file: Arc<File>,
    path: PathBuf,
    line: Vec<u8>,
}

impl Journal {
    /// Starts a new journal; the file must not exist.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| StoreError::io("create", path, error))?;
        Self::held(file, path)
    }

    /// Goes on with a journal and returns what it holds; a torn last line is cut off.
    pub fn resume(path: &Path) -> Result<(Self, Vec<Event>), StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map_err(|error| StoreError::io("open", path, error))?;
        let journal = Self::held(file, path)?;
        let (events, whole) = read_from(&journal.file, path, Position::default())?;
        let failed = |error| StoreError::io("write", path, error);
        journal.file.set_len(whole.bytes).map_err(failed)?;
        (&*journal.file).seek(SeekFrom::End(0)).map_err(failed)?;
        Ok((journal, events))
    }

    fn held(file: File, path: &Path) -> Result<Self, StoreError> {
        // Whoever asks `is_held` has the lock for a moment, which is not to be taken for a process at work.
        let busy = || matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        (1..LOOKS).take_while(|_| busy()).for_each(|_| sleep(LOOK));
        match file.try_lock() {
            Ok(()) => {
                Ok(Self { file: Arc::new(file), path: path.to_owned(), line: Vec::with_capacity(1024) })
            }
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path, error)),
        }
    }

    /// Appends an event; it survives the death of this process from here on.
    pub fn append(&mut self, event: &Event) -> Result<(), StoreError> {
        self.line.clear();
        let failed = |error: std::io::Error| StoreError::io("write", &self.path, error);
        serde_json::to_writer(&mut self.line, event).map_err(|error| failed(error.into()))?;
        self.line.push(b'\n');
        // One write call, so that a line is torn only when the disk is full or the power fails.
        (&*self.file).write_all(&self.line).map_err(failed)
    }

    /// What makes everything appended so far survive a power failure.
    pub fn settling(&self) -> Settling {
        Settling { file: self.file.clone(), path: self.path.clone() }
    }
}

/// Events on their way to the disk; the journal can be appended to meanwhile, however slow the disk is.
#[derive(Debug)]
pub struct Settling {
    file: Arc<File>,
    path: PathBuf,
}

impl Settling {
    /// Waits until they survive a power failure.
    pub fn settle(self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|error| StoreError::io("write", &self.path, error))
    }
}

/// Whether a process of this machine holds the journal, and so carries the run out.
pub fn is_held(path: &Path) -> Result<bool, StoreError> {
    match super::open(path)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path, error)),
    }
}

/// Reads a journal, also while another process writes it; a torn last line is left out.
pub fn read_events(path: &Path) -> Result<Vec<Event>, StoreError> {
    JournalReader::open(path)?.news()
}

/// The first event of a journal, and the last one where its line is whole and short; none when it holds no event.
///
/// What is between them is not read: journals of great runs are long.
pub fn ends(path: &Path) -> Result<Option<(Event, Option<Event>)>, StoreError> {
    const TAIL: u64 = 64 * 1024;
    let file = super::open(path)?;
    let failed = |error| StoreError::io("read", path, error);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).map_err(failed)?;
    if line.last() != Some(&b'\n') {
        return Ok(None);
    }
    let first = match serde_json::from_slice::<Event>(&line) {
        Ok(event) => event,
        Err(error) => {
            check_first_line(&line, path)?;
            let why = error.to_string();
            return Err(StoreError::content(path, format!("is damaged: line 1: {}", readable(&why))));
        }
    };
    check_format(&first, path)?;
    let length = reader.seek(SeekFrom::End(0)).map_err(failed)?;
    reader.seek(SeekFrom::Start(length.saturating_sub(TAIL))).map_err(failed)?;
    let mut tail = Vec::new();
    reader.read_to_end(&mut tail).map_err(failed)?;
    let whole = tail.strip_suffix(b"\n").and_then(|tail| tail.rsplit(|byte| *byte == b'\n').next());
    let last = whole.and_then(|line| serde_json::from_slice(line).ok());
    Ok(Some((first, last)))
}

/// Follows a journal while another process writes it, without reading anything twice.
#[derive(Debug)]
pub struct JournalReader {
    file: File,
    path: PathBuf,
    at: Position,
}

impl JournalReader {
    /// Begins with the first event.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { file: super::open(path)?, path: path.to_owned(), at: Position::default() })
    }

    /// The events that came since the last call; a line that is not whole yet waits for the next one.
    pub fn news(&mut self) -> Result<Vec<Event>, StoreError> {
        let (events, at) = read_from(&self.file, &self.path, self.at)?;
        self.at = at;
        Ok(events)
    }
}

/// The end of what was read whole.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    bytes: u64,
    lines: usize,
}

/// The events behind a position, and the end of the part that is whole.
fn read_from(file: &File, path: &Path, from: Position) -> Result<(Vec<Event>, Position), StoreError> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let failed = |error| StoreError::io("read", path, error);
    reader.seek(SeekFrom::Start(from.bytes)).map_err(failed)?;
    let mut events = Vec::new();
    let mut whole = from;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok((events, whole));
        }
        match serde_json::from_slice::<Event>(&line) {
            Ok(event) => {
                check_format(&event, path)?;
                events.push(event);
                whole.bytes += read as u64;
                whole.lines += 1;
            }
            // After a power failure the last line may be whole in length and rubbish in content.
            Err(_) if reader.fill_buf().map_err(failed)?.is_empty() => return Ok((events, whole)),
            Err(error) => {
                check_first_line(&line, path)?;
                let number = whole.lines + 1;
                let why = error.to_string();
                return Err(StoreError::content(
                    path,
                    format!("is damaged: line {number}: {}", readable(&why)),
                ));
            }
        }
    }
}

fn check_format(event: &Event, path: &Path) -> Result<(), StoreError> {
    match event.what {
        Happening::RunStarted { format_version, .. } if format_version > JOURNAL_FORMAT => {
            Err(newer(format_version, path))
        }
        _ => Ok(()),
    }
}

/// A newer journal may not even parse; then its version is still readable and says more than the parser.
fn check_first_line(line: &[u8], path: &Path) -> Result<(), StoreError> {
    let version = serde_json::from_slice::<serde_json::Value>(line)
        .ok()
        .and_then(|value| value.get("format_version").and_then(serde_json::Value::as_u64))
        .and_then(|version| u32::try_from(version).ok());
    match version {
        Some(version) if version > JOURNAL_FORMAT => Err(newer(version, path)),
        _ => Ok(()),
    }
}

fn newer(version: u32, path: &Path) -> StoreError {
    StoreError::content(
        path,
        format!("was written by a newer jumpfleet (format {version}; this one reads up to {JOURNAL_FORMAT})"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::fs;

    fn event(waited: u64) -> Event {
        Event {
            at: Timestamp::UNIX_EPOCH,
            host: Some("h1".into()),
            what: Happening::InstallStarted { waited },
        }
    }

    #[test]
    fn a_journal_is_read_back_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&event(1)).unwrap();
        journal.append(&event(2)).unwrap();
        journal.settling().settle().unwrap();
        drop(journal);
        let (mut journal, events) = Journal::resume(&path).unwrap();
        assert_eq!(events, [event(1), event(2)]);
        journal.append(&event(3)).unwrap();
        assert_eq!(read_events(&path).unwrap(), [event(1), event(2), event(3)]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_at_every_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&event(1)).unwrap();
        let first = fs::metadata(&path).unwrap().len();
        journal.append(&event(2)).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for length in first as usize..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, events) = Journal::resume(&path).unwrap();
            assert_eq!(events, [event(1)], "{length}");
            journal.append(&event(3)).unwrap();
            assert_eq!(read_events(&path).unwrap(), [event(1), event(3)], "{length}");
        }
    }

    #[test]
    fn damage_in_the_middle_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&event(1)).unwrap();
        drop(journal);
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{good}rubbish\n{good}")).unwrap();
        let error = read_events(&path).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_journal_is_followed_without_reading_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        journal.append(&event(1)).unwrap();
        let mut reader = JournalReader::open(&path).unwrap();
        assert_eq!(reader.news().unwrap(), [event(1)]);
        assert_eq!(reader.news().unwrap(), []);
        let line = serde_json::to_string(&event(2)).unwrap() + "\n";
        for part in [&line[..7], &line[7..line.len() - 1]] {
            (&*journal.file).write_all(part.as_bytes()).unwrap();
            assert_eq!(reader.news().unwrap(), []);
        }
        (&*journal.file).write_all(b"\n").unwrap();
        journal.append(&event(3)).unwrap();
        assert_eq!(reader.news().unwrap(), [event(2), event(3)]);
        (&*journal.file).write_all(b"rubbish\n").unwrap();
        assert_eq!(reader.news().unwrap(), [], "a last line may be rubbish after a power failure");
        journal.append(&event(4)).unwrap();
        let error = reader.news().unwrap_err().to_string();
        assert!(error.contains("line 4"), "{error}");
    }

    #[test]
    fn the_ends_of_a_journal_are_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        assert_eq!(ends(&path).unwrap(), None);
        journal.append(&event(1)).unwrap();
        assert_eq!(ends(&path).unwrap(), Some((event(1), Some(event(1)))));
        for number in 2..2000 {
            journal.append(&event(number)).unwrap();
        }
        assert_eq!(ends(&path).unwrap(), Some((event(1), Some(event(1999)))));
        (&*journal.file).write_all(b"{\"torn").unwrap();
        assert_eq!(ends(&path).unwrap(), Some((event(1), None)));
        fs::write(&path, "rubbish\n").unwrap();
        assert!(ends(&path).unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn a_look_at_the_lock_disturbs_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        drop(Journal::create(&path).unwrap());
        assert!(!is_held(&path).unwrap());
        let looking = File::open(&path).unwrap();
        looking.lock_shared().unwrap();
        let looked = std::thread::spawn(move || {
            sleep(LOOK);
            drop(looking);
        });
        let held = Journal::resume(&path).unwrap();
        assert!(is_held(&path).unwrap());
        looked.join().unwrap();
        drop(held);
        assert!(!is_held(&path).unwrap());
    }

    #[test]
    fn two_processes_cannot_hold_one_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let _held = Journal::create(&path).unwrap();
        assert!(matches!(Journal::resume(&path), Err(StoreError::Busy { .. })));
    }

    #[test]
    fn a_newer_format_is_refused_even_if_it_does_not_parse() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let line = "{\"event\":\"run_started\",\"format_version\":99}\n";
        fs::write(&path, line.repeat(2)).unwrap();
        let error = read_events(&path).unwrap_err().to_string();
        assert!(error.contains("newer jumpfleet (format 99"), "{error}");
    }
}
