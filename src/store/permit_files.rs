//! Where does the file of a site's start limit lie, and who may use it?
#![expect(clippy::disallowed_methods, reason = "this is the room where files and machine clocks are read")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;
use super::permits::{PAUSE, since_boot};

/// The folder of this machine's start limits: everybody who may run programs may start installers.
const MACHINE_FOLDER: &str = "/run/lock/jumpfleet";

/// The mode of that folder: all may add a file, only its owner may take it away.
const FOLDER_MODE: u32 = 0o1777;

/// The mode of a limit's file: every account writes its starts into it; the folder says who gets there.
const FILE_MODE: u32 = 0o666;

/// How long a file may be closed to others: its maker gives it its mode a moment after making it.
const MAKING: Duration = Duration::from_millis(100);

/// The folder whose limits all accounts of this machine share, made when it is missing.
///
/// The error says why it cannot keep the limit of `site`. A file that is there and cannot be opened is
/// none: its limit is in force, and whoever cannot read it must not start anything.
pub fn machine_folder(site: &str) -> Result<PathBuf, StoreError> {
    shared_folder(Path::new(MACHINE_FOLDER), site)
}

fn shared_folder(folder: &Path, site: &str) -> Result<PathBuf, StoreError> {
    make_shared(folder).map_err(|error| StoreError::io("create", folder, error))?;
    let path = file_of(folder, site);
    match fs::symlink_metadata(&path).map(drop).or_else(|_| make(&path).map(drop)) {
        Ok(()) => Ok(folder.to_owned()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(folder.to_owned()),
        Err(error) => Err(StoreError::io("create", &path, error)),
    }
}

/// Makes a folder to which all may add files; it is never seen with another mode.
fn make_shared(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(there) if there.is_dir() => return Ok(()),
        Ok(_) => return Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.part", std::process::id(), since_boot().as_nanos()));
    let part = folder.with_file_name(name);
    fs::DirBuilder::new().mode(0o700).create(&part)?;
    let made = fs::set_permissions(&part, fs::Permissions::from_mode(FOLDER_MODE)).and_then(|()| {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, &part, CWD, folder, RenameFlags::NOREPLACE)?)
    });
    if made.is_err() {
        // Empty and of no use; that it may be left is less bad than hiding the cause.
        let _ = fs::remove_dir(&part);
    }
    match made {
        // Another process was quicker.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Opens a limit's file, which is made when it is missing.
///
/// In a sticky folder Linux refuses to open another account's file with the wish to make it
/// (`fs.protected_regular`), so the two are told apart.
pub(super) fn open_or_make(path: &Path) -> io::Result<File> {
    let mut waited = Duration::ZERO;
    loop {
        let refused = match open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => match make(path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => error,
                made => return made,
            },
            Err(error) if error.kind() == ErrorKind::PermissionDenied => error,
            opened => return opened,
        };
        if waited >= MAKING {
            return Err(refused);
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    }
}

fn open(path: &Path) -> io::Result<File> {
    // What lies in a folder of all must not lead elsewhere.
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new().read(true).write(true).custom_flags(no_link).open(path)
}

fn make(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(path)?;
    // Whatever the umask says.
    file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
    Ok(file)
}

pub(super) fn file_of(folder: &Path, site: &str) -> PathBuf {
    folder.join(format!("{}.permits", file_name(site)))
}

/// A site name as a file name: anything unusual becomes a dash.
fn file_name(site: &str) -> String {
    let usual = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    site.to_ascii_lowercase().chars().map(usual).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Permits;
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn all_accounts_may_use_the_folder_and_the_file() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("jumpfleet");
        for _ in 0..2 {
            assert_eq!(shared_folder(&folder, "Site.example").unwrap(), folder);
        }
        assert_eq!(mode(&folder), FOLDER_MODE);
        assert_eq!(mode(&folder.join("site.example.permits")), FILE_MODE);
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_keep_the_limit_is_told_from_a_limit_that_cannot_be_read() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("jumpfleet");
        assert!(shared_folder(&folder.join("below"), "site").is_err());
        std::os::unix::fs::symlink(base.path(), &folder).unwrap();
        assert!(shared_folder(&folder, "site").is_err());
        fs::remove_file(&folder).unwrap();
        fs::create_dir_all(folder.join("site.permits")).unwrap();
        assert!(shared_folder(&folder, "site").is_ok());
        assert!(Permits::open(&folder, "site", Duration::ZERO, Duration::ZERO).is_err());
    }
}
