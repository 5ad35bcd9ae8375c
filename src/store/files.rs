//! How are whole files read, written and told apart?
#![expect(clippy::disallowed_methods, reason = "this is the room where files are opened")]

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::StoreError;
use crate::model::{Architecture, ELF_HEADER, alike, hex};

/// How much of a file is in memory at once while it is read for its digest.
const CHUNK: usize = 256 * 1024;

/// Reads a text file whole.
pub fn read_text(path: &Path) -> Result<String, StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::io("read", path, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        StoreError::content(path, format!("is not UTF-8 text: byte {place} does not fit"))
    })
}

/// The names of what lies in the folder of a path, whether the path itself is there or not.
pub fn beside(path: &Path) -> Vec<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// The paths of all files below a folder, from there, sorted; what a link leads to is not looked into.
pub fn below(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(open) = left.pop() {
        let failed = |error| StoreError::io("list", &open, error);
        for entry in fs::read_dir(&open).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                left.push(entry.path());
            } else if let Ok(path) = entry.path().strip_prefix(folder) {
                found.push(path.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, StoreError> {
    File::open(path).map_err(|error| StoreError::io("open", path, error))
}

/// Whether something of this name is there, be it a link to nowhere.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Writes a text to a file that must not be there yet; its folder is made when it is missing, and all may read it.
pub fn write_new(path: &Path, text: &str) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| StoreError::io("create", folder, error))?;
    }
    let failed = |error| StoreError::io("write", path, error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Who may do what with a file, as its permission bits say; none where it cannot be looked at.
pub fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()))
}

/// Finds the one file a pattern means: a path in whose last part one `*` may stand for any characters.
pub fn find_one(pattern: &str) -> Result<PathBuf, StoreError> {
    let path = Path::new(pattern);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((before, after)) = name.split_once('*') else {
        open(path)?;
        return Ok(path.to_owned());
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |error| StoreError::io("read", folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let fits = entry.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        });
        if fits && entry.is_file() {
            found.push(entry);
        }
    }
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(StoreError::content(path, "matches no file")),
        // The names hold keys, so they are not listed.
        (Some(_), more) => {
            Err(StoreError::content(path, format!("matches {} files; only one may be there", more + 1)))
        }
    }
}

/// A file's digest and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested {
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Which processors the programs in it are for, where they lie in it as they are and are all alike.
    pub architecture: Option<Architecture>,
}

/// Digests a file in constant memory.
pub fn digest(path: &Path) -> Result<Digested, StoreError> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    let mut programs = Programs::default();
    loop {
        let read = file.read(&mut buffer).map_err(|error| StoreError::io("read", path, error))?;
        if read == 0 {
            return Ok(Digested { sha256: hex(&hasher.finalize()), bytes, architecture: programs.alike() });
        }
        hasher.update(&buffer[..read]);
        programs.look(&buffer[..read]);
        bytes += read as u64;
    }
}

/// The programs in a file that is read piece by piece.
#[derive(Default)]
struct Programs {
    /// The end of what was read, too short for a whole header.
    rest: Vec<u8>,
    found: BTreeSet<Architecture>,
}

impl Programs {
    fn look(&mut self, piece: &[u8]) {
        let seam = piece.len().min(ELF_HEADER - 1);
        self.rest.extend(&piece[..seam]);
        for bytes in [&self.rest[..], piece] {
            let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0x7f);
            self.found.extend(starts.filter_map(|(at, _)| Architecture::of_elf(&bytes[at..])));
        }
        let end = if seam == ELF_HEADER - 1 { piece } else { &self.rest[..] };
        self.rest = end[end.len().saturating_sub(ELF_HEADER - 1)..].to_vec();
    }

    fn alike(&self) -> Option<Architecture> {
        alike(self.found.iter().copied())
    }
}

/// The digest of bytes that are in memory already.
pub fn digest_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// How many bytes a file has; none when it is not there.
pub fn size(path: &Path) -> Result<u64, StoreError> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StoreError::io("read", path, error)),
    }
}

/// Adds bytes to the end of a file, which is made when it is not there.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(|error| StoreError::io("write", path, error))
}

/// Adds what comes to the end of a file for its owner; what came before a failure is kept.
///
/// The error is that of whoever gives, or names the file.
pub fn take(path: &Path, from: &mut dyn Read) -> std::io::Result<()> {
    let own = |error| std::io::Error::other(StoreError::io("write", path, error));
    let mut out = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(own)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer)? {
            0 => return out.sync_all().map_err(own),
            read => out.write_all(&buffer[..read]).map_err(own)?,
        }
    }
}

/// The first bytes of a file.
pub fn begin(path: &Path, bytes: u64) -> Result<Vec<u8>, StoreError> {
    let mut found = Vec::new();
    open(path)?.take(bytes).read_to_end(&mut found).map_err(|error| StoreError::io("read", path, error))?;
    Ok(found)
}

/// Gives a file another name.
pub fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|error| StoreError::io("write", to, error))
}

/// Takes a file away.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    fs::remove_file(path).map_err(|error| StoreError::io("remove", path, error))
}

/// Writes a file so that readers see the old or the new one, never half of it; only its owner may read it.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    write_with(path, 0o600, write)
}

/// The same for a file that all may read; its folder is made when it is missing.
pub fn write_public(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| StoreError::io("create", folder, error))?;
    }
    write_with(path, 0o644, write)
}

/// Where a link leads to in the end; any other path stays as it is.
fn followed(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let target = is_link.then(|| fs::canonicalize(path).ok()).flatten();
    target.unwrap_or_else(|| path.to_owned())
}

/// Where this process writes what shall be at the path when it is whole: beside it, on the same file system.
pub(super) fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn write_with(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("write", path, error);
    let path = &followed(path);
    // A device or a pipe is written to; a file put in its place would take it from everybody.
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let device = OpenOptions::new().write(true).open(path).map_err(failed)?;
        let mut out = std::io::BufWriter::with_capacity(CHUNK, device);
        return write(&mut out).and_then(|()| out.flush()).map_err(failed);
    }
    let part = part(path);
    let written = (|| {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&part)?;
        let mut out = std::io::BufWriter::with_capacity(CHUNK, file);
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        // The half-written file is worth nothing; that it may be left is less bad than hiding the cause.
        let _ = fs::remove_file(&part);
    }
    written.map_err(failed)
}

/// Appends one line to a file, which is made with its folder when it is missing and need not end with a line end.
pub fn append_line(path: &Path, line: &str) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("write", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
    append_to(&mut file, line).map_err(failed)
}

/// Appends one line by one write to a file opened for that and for reading.
pub(super) fn append_to(file: &mut File, line: &str) -> std::io::Result<()> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{begin}{}\n", line.trim_end_matches('\n')).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha256() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_whole(&path, |out| out.write_all(b"abc")).unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let found = Digested { sha256: expected.into(), bytes: 3, architecture: None };
        assert_eq!(digest(&path).unwrap(), found);
        assert_eq!(digest_of(b"abc"), expected);
    }

    #[test]
    fn programs_in_a_file_tell_its_architecture_wherever_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let arm = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0\x01\0\0\0";
        let mut intel = arm.to_vec();
        intel[18] = 62;
        let told = |parts: &[&[u8]]| {
            write_whole(&path, |out| parts.iter().try_for_each(|part| out.write_all(part))).unwrap();
            digest(&path).unwrap().architecture
        };
        for before in [0, 1, 100, CHUNK - ELF_HEADER, CHUNK - ELF_HEADER + 1, CHUNK - 7, CHUNK - 1, CHUNK] {
            let script = vec![b'#'; before];
            assert_eq!(told(&[&script, arm, b"rest"]), Some(Architecture::Arm64), "behind {before} bytes");
        }
        assert_eq!(told(&[b"#!/bin/sh", arm, arm]), Some(Architecture::Arm64));
        assert_eq!(told(&[b"#!/bin/sh", arm, &intel]), None);
        assert_eq!(told(&[&arm[..ELF_HEADER - 1]]), None);
        // A file that comes in small pieces.
        let mut programs = Programs::default();
        arm.chunks(5).for_each(|piece| programs.look(piece));
        assert_eq!(programs.alike(), Some(Architecture::Arm64));
    }

    #[test]
    fn pipes_and_links_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), fifo, rustix::fs::Mode::from(0o600), 0).unwrap();
        std::os::unix::fs::symlink("pipe", at("link to it")).unwrap();
        for name in ["pipe", "link to it"] {
            let reader = std::thread::spawn({
                let pipe = at("pipe");
                move || fs::read_to_string(pipe).unwrap()
            });
            write_whole(&at(name), |out| out.write_all(name.as_bytes())).unwrap();
            assert_eq!(reader.join().unwrap(), name);
        }
        write_whole(&at("file"), |out| out.write_all(b"old")).unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        write_whole(&at("link"), |out| out.write_all(b"new")).unwrap();
        assert_eq!(read_text(&at("file")).unwrap(), "new");
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_whole(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_whole(&path, |out| {
            out.write_all(b"new")?;
            Err(std::io::Error::other("no more"))
        });
        assert!(failed.unwrap_err().to_string().contains("no more"));
        assert_eq!(read_text(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_line_is_appended_as_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/known_hosts");
        append_line(&path, "one").unwrap();
        append_line(&path, "two\n").unwrap();
        assert_eq!(read_text(&path).unwrap(), "one\ntwo\n");
        fs::write(&path, "torn").unwrap();
        append_line(&path, "whole").unwrap();
        assert_eq!(read_text(&path).unwrap(), "torn\nwhole\n");
    }

    #[test]
    fn a_pattern_means_exactly_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("bomgar-pec-abc.bin"), "").unwrap();
        assert_eq!(find_one(&at("bomgar-pec-*.bin")).unwrap(), Path::new(&at("bomgar-pec-abc.bin")));
        assert_eq!(find_one(&at("bomgar-pec-abc.bin")).unwrap(), Path::new(&at("bomgar-pec-abc.bin")));
        assert!(find_one(&at("sra-*.bin")).unwrap_err().to_string().contains("matches no file"));
        fs::write(at("bomgar-pec-def.bin"), "").unwrap();
        let error = find_one(&at("bomgar-pec-*.bin")).unwrap_err().to_string();
        assert!(error.contains("matches 2 files") && !error.contains("abc"), "{error}");
    }

    #[test]
    fn text_that_is_not_utf8_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"ok\xff").unwrap();
        assert!(read_text(&path).unwrap_err().to_string().contains("byte 2"));
    }
}
