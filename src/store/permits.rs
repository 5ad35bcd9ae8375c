//! May one more installer start against this appliance now, whoever else on this machine is starting some?
#![expect(clippy::disallowed_methods, reason = "this is the room where files and machine clocks are read")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::StoreError;
use super::runs::make_private;

/// How long a permit may lie unused: later it is given back, for the start would crowd the next one.
const FRESH: Duration = Duration::from_millis(250);

/// The folder of this machine's start limits: everybody who may run programs may start installers.
const MACHINE_FOLDER: &str = "/run/lock/jumpfleet";

/// The mode of that folder: all may add a file, only its owner may take it away.
const FOLDER_MODE: u32 = 0o1777;

/// The mode of a limit's file: every account writes its starts into it; the folder says who gets there.
const FILE_MODE: u32 = 0o666;

/// How long a file may be closed to others: its maker gives it its mode a moment after making it.
const MAKING: Duration = Duration::from_millis(100);

/// The longest time for which another process may hold the lock; it needs a moment of it.
const HELD: Duration = Duration::from_secs(30);

/// The pause between two looks at a file that is being made, or that another process holds.
const PAUSE: Duration = Duration::from_millis(5);

/// Tells the time since the machine's boot, suspended time included.
type BootTime = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Permission to start one installer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    taken: Duration,
}

/// The start limit of one appliance: a token bucket of one, shared by every process through a file.
///
/// Two limits are kept: the appliance's, whose last start lies in the file, and this run's own,
/// which may be slower. Whoever cannot read or write the file gets no permit. Processes that name the
/// same folder share a limit, whoever's they are; [`machine_folder`] is the one for all.
pub struct Permits {
    path: PathBuf,
    boot: String,
    now: BootTime,
    shared: Bucket,
    own: Mutex<Bucket>,
    /// Since when another process has held the lock, in nanoseconds since the boot.
    held: AtomicU64,
}

/// A permit or the time until it is worth asking again.
#[derive(Debug, PartialEq, Eq)]
pub enum Pacer {
    /// Start now.
    Start(Permit),
    /// Ask again after this long.
    Wait(Duration),
}

impl Permits {
    /// Opens the limit of `site` in `folder`.
    ///
    /// `interval` is the time between two starts of this run, `shared` the time between any two starts
    /// against the appliance.
    pub fn open(folder: &Path, site: &str, interval: Duration, shared: Duration) -> Result<Self, StoreError> {
        let boot_file = Path::new("/proc/sys/kernel/random/boot_id");
        let boot = fs::read_to_string(boot_file).map_err(|error| StoreError::io("read", boot_file, error))?;
        Self::with_clock(folder, site, interval, shared, boot.trim(), Arc::new(since_boot))
    }

    fn with_clock(
        folder: &Path,
        site: &str,
        interval: Duration,
        shared: Duration,
        boot: &str,
        now: BootTime,
    ) -> Result<Self, StoreError> {
        make_private(folder)?;
        let permits = Self {
            path: file_of(folder, site),
            boot: boot.to_owned(),
            shared: Bucket::new(shared, now.clone()),
            own: Mutex::new(Bucket::new(interval, now.clone())),
            held: AtomicU64::new(NEVER),
            now,
        };
        // A restarted run must not begin with a full bucket of its own either.
        let mut file = loop {
            match permits.locked()? {
                Some(file) => break file,
                None => std::thread::sleep(PAUSE),
            }
        };
        permits.own().set_last(permits.last_start(&mut file)?);
        Ok(permits)
    }

    /// Takes a permit if both limits have one; the moment is in the file before it is returned.
    ///
    /// Does not wait for a process that holds the file; one that holds it for long is an error.
    pub fn take(&self) -> Result<Pacer, StoreError> {
        let Some(mut file) = self.locked()? else { return Ok(Pacer::Wait(PAUSE)) };
        self.shared.set_last(self.last_start(&mut file)?);
        let own = self.own();
        if let Some(wait) = own.wait().max(self.shared.wait()) {
            return Ok(Pacer::Wait(wait));
        }
        for bucket in [&*own, &self.shared] {
            if let Err(wait) = bucket.take() {
                return Ok(Pacer::Wait(wait));
            }
        }
        let taken = (self.now)();
        self.write(&mut file, taken)?;
        Ok(Pacer::Start(Permit { taken }))
    }

    /// From here on this run's own starts are this far apart, counted from its last one.
    pub fn keep_to(&self, interval: Duration) {
        let mut own = self.own();
        if own.state.interval != interval {
            let last = own.last();
            *own = Bucket::new(interval, self.now.clone());
            own.set_last(last);
        }
    }

    fn own(&self) -> MutexGuard<'_, Bucket> {
        // Nothing panics while it is held, and a bucket is whole at any moment.
        self.own.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether the permit may still be used.
    pub fn is_fresh(&self, permit: Permit) -> bool {
        (self.now)().saturating_sub(permit.taken) <= FRESH
    }

    /// The file with its lock; none while another process has it.
    fn locked(&self) -> Result<Option<File>, StoreError> {
        let file = open_or_make(&self.path).map_err(|error| StoreError::io("open", &self.path, error))?;
        match file.try_lock() {
            Ok(()) if self.is_the_one(&file)? => {
                self.held.store(NEVER, Ordering::Relaxed);
                Ok(Some(file))
            }
            Ok(()) | Err(TryLockError::WouldBlock) => self.held().map(|()| None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &self.path, error)),
        }
    }

    /// Whether the lock may still be waited for.
    fn held(&self) -> Result<(), StoreError> {
        let now = nanos((self.now)());
        let since = match self.held.load(Ordering::Relaxed) {
            NEVER => now,
            since => since,
        };
        self.held.store(since, Ordering::Relaxed);
        if now.saturating_sub(since) < nanos(HELD) {
            return Ok(());
        }
        let what = format!("has been held by another process for {} s: is one stopped?", HELD.as_secs());
        Err(StoreError::content(&self.path, what))
    }

    /// Whether the open file is the one that others open too; false when it was taken away meanwhile.
    fn is_the_one(&self, file: &File) -> Result<bool, StoreError> {
        let there = file.metadata().map_err(|error| StoreError::io("read", &self.path, error))?;
        match there.nlink() {
            _ if !there.is_file() => Err(StoreError::content(&self.path, "is not a regular file")),
            0 => Ok(false),
            1 => Ok(true),
            // Where all may write, the other name may be that of somebody's file.
            _ => Err(StoreError::content(&self.path, "has a second name, so it may be another file")),
        }
    }

    /// The last start since this boot; none if there was none.
    fn last_start(&self, file: &mut File) -> Result<Option<Duration>, StoreError> {
        let mut text = String::new();
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(4096).read_to_string(&mut text));
        let now = (self.now)();
        match read {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => text.clear(),
            Err(error) => return Err(StoreError::io("read", &self.path, error)),
        }
        let mut words = text.split_whitespace();
        let same_boot = words.next() == Some(self.boot.as_str());
        let last = words.next().and_then(|nanos| nanos.parse().ok()).map(Duration::from_nanos);
        match last {
            Some(last) if same_boot && last <= now => Ok(Some(last)),
            // Rubbish, or the clock of another boot, may hide a start of a moment ago: count from now.
            _ => self.write(file, now).map(|()| Some(now)),
        }
    }

    fn write(&self, file: &mut File, taken: Duration) -> Result<(), StoreError> {
        let line = format!("{} {} {}", self.boot, taken.as_nanos(), std::process::id());
        // One write of a fixed length: a process killed in the middle must not leave an empty file.
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(format!("{line:<127}\n").as_bytes()))
            .map_err(|error| StoreError::io("write", &self.path, error))
    }
}

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
fn open_or_make(path: &Path) -> io::Result<File> {
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

fn file_of(folder: &Path, site: &str) -> PathBuf {
    folder.join(format!("{}.permits", file_name(site)))
}

/// A site name as a file name: anything unusual becomes a dash.
fn file_name(site: &str) -> String {
    let usual = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    site.to_ascii_lowercase().chars().map(usual).collect()
}

fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// governor's limiter with a capacity of one, counting from the machine's boot.
struct Bucket {
    limiter: RateLimiter<NotKeyed, LastStart, BootClock, NoOpMiddleware<Duration>>,
    state: LastStart,
    now: BootTime,
}

impl Bucket {
    fn new(interval: Duration, now: BootTime) -> Self {
        let interval = interval.max(Duration::from_nanos(1));
        let state = LastStart { last: Arc::new(AtomicU64::new(NEVER)), interval };
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(std::num::NonZeroU32::MIN));
        let clock = BootClock { opened: AtomicBool::new(false), now: now.clone() };
        Self { limiter: RateLimiter::new(quota, state.clone(), clock), state, now }
    }

    fn set_last(&self, last: Option<Duration>) {
        self.state.last.store(last.map_or(NEVER, nanos), Ordering::Relaxed);
    }

    fn last(&self) -> Option<Duration> {
        let last = self.state.last.load(Ordering::Relaxed);
        (last != NEVER).then(|| Duration::from_nanos(last))
    }

    fn wait(&self) -> Option<Duration> {
        let next = self.last()? + self.state.interval;
        next.checked_sub((self.now)()).filter(|wait| !wait.is_zero())
    }

    fn take(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|not_until| not_until.wait_time_from((self.now)()))
    }
}

const NEVER: u64 = u64::MAX;

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER - 1)
}

/// What governor keeps between two decisions, held as the last start.
///
/// governor's own number is the next start at one rate; processes of different rates can only share
/// the last one.
#[derive(Clone)]
struct LastStart {
    last: Arc<AtomicU64>,
    interval: Duration,
}

impl StateStore for LastStart {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let interval = nanos(self.interval);
        let last = self.last.load(Ordering::Relaxed);
        let next = (last != NEVER).then(|| Nanos::new(last.saturating_add(interval)));
        let (decision, next) = decide(next)?;
        self.last.store(next.as_u64().saturating_sub(interval), Ordering::Relaxed);
        Ok(decision)
    }
}

/// A clock whose first reading is the boot itself: the limiter counts from the first reading it gets.
struct BootClock {
    opened: AtomicBool,
    now: BootTime,
}

impl Clock for BootClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        if self.opened.swap(true, Ordering::Relaxed) { (self.now)() } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    struct Machine {
        folder: tempfile::TempDir,
        time: Arc<AtomicU64>,
    }

    impl Machine {
        fn new() -> Self {
            let time = Arc::new(AtomicU64::new(nanos(Duration::from_secs(1000))));
            Self { folder: tempfile::tempdir().unwrap(), time }
        }

        fn process(&self, interval: Duration, boot: &str) -> Permits {
            let time = self.time.clone();
            let now: BootTime = Arc::new(move || Duration::from_nanos(time.load(Ordering::Relaxed)));
            Permits::with_clock(self.folder.path(), "Site.example", interval, SECOND, boot, now).unwrap()
        }

        fn pass(&self, time: Duration) {
            self.time.fetch_add(nanos(time), Ordering::Relaxed);
        }
    }

    fn starts(permits: &Permits) -> bool {
        matches!(permits.take().unwrap(), Pacer::Start(_))
    }

    #[test]
    fn one_start_then_a_wait_of_one_interval() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        assert!(starts(&permits));
        assert_eq!(permits.take().unwrap(), Pacer::Wait(SECOND));
        machine.pass(SECOND / 4);
        assert_eq!(permits.take().unwrap(), Pacer::Wait(SECOND * 3 / 4));
        machine.pass(SECOND * 3 / 4);
        assert!(starts(&permits));
    }

    #[test]
    fn a_restart_does_not_get_a_fresh_bucket() {
        let machine = Machine::new();
        assert!(starts(&machine.process(SECOND, "boot")));
        assert!(!starts(&machine.process(SECOND, "boot")));
        assert!(!starts(&machine.process(SECOND * 10, "boot")));
    }

    #[test]
    fn a_long_pause_saves_nothing_up() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        machine.pass(SECOND * 600);
        assert!(starts(&permits));
        assert!(!starts(&permits));
    }

    #[test]
    fn another_boot_a_clock_from_the_future_and_rubbish_wait_once() {
        let machine = Machine::new();
        assert!(starts(&machine.process(SECOND, "boot")));
        machine.pass(SECOND * 5);
        let rebooted = machine.process(SECOND, "other");
        assert!(!starts(&rebooted));
        for rubbish in ["boot 99999999999999999999\n", "boot 9000000000000\n", "x", "\u{0}"] {
            fs::write(&rebooted.path, rubbish).unwrap();
            let process = machine.process(SECOND, "boot");
            assert!(!starts(&process), "{rubbish:?}");
            machine.pass(SECOND);
            assert!(starts(&process), "{rubbish:?}");
        }
        fs::write(&rebooted.path, [0xff, 0xfe]).unwrap();
        assert!(!starts(&machine.process(SECOND, "boot")));
    }

    #[test]
    fn without_the_file_there_is_no_permit() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        drop(fs::remove_file(&permits.path));
        fs::create_dir(&permits.path).unwrap();
        assert!(permits.take().is_err());
    }

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
        assert!(Permits::open(&folder, "site", SECOND, SECOND).is_err());
    }

    #[test]
    fn a_file_that_may_be_another_one_is_refused() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let other = machine.folder.path().join("other");
        fs::rename(&permits.path, &other).unwrap();
        fs::hard_link(&other, &permits.path).unwrap();
        assert!(permits.take().unwrap_err().to_string().contains("second name"));
        fs::remove_file(&permits.path).unwrap();
        std::os::unix::fs::symlink(&other, &permits.path).unwrap();
        assert!(permits.take().is_err());
        fs::remove_file(&permits.path).unwrap();
        assert!(starts(&permits));
    }

    #[test]
    fn another_accounts_file_is_used() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let nobody = Some(65534);
        // Only root can give a file away.
        if std::os::unix::fs::chown(&permits.path, nobody, nobody).is_ok() {
            assert!(starts(&permits));
            assert!(!starts(&machine.process(SECOND, "boot")));
        }
    }

    #[test]
    fn a_file_that_another_process_holds_is_waited_for_but_not_for_ever() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let file = File::open(&permits.path).unwrap();
        for _ in 0..2 {
            file.lock().unwrap();
            assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
            machine.pass(HELD - Duration::from_nanos(1));
            assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
            file.unlock().unwrap();
            assert!(starts(&permits));
        }
        file.lock().unwrap();
        assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
        machine.pass(HELD);
        assert!(permits.take().unwrap_err().to_string().contains("held by another process for 30 s"));
    }

    #[test]
    fn a_permit_goes_stale() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let Pacer::Start(permit) = permits.take().unwrap() else { panic!("no permit") };
        machine.pass(FRESH);
        assert!(permits.is_fresh(permit));
        machine.pass(Duration::from_nanos(1));
        assert!(!permits.is_fresh(permit));
    }

    proptest! {
        /// Greedy processes of different rates that come, ask and die at random.
        #[test]
        fn no_closed_minute_holds_more_than_sixty_starts(
            steps in prop::collection::vec((0_u8..4, 0_u64..900, any::<bool>()), 200..600)
        ) {
            let machine = Machine::new();
            let rates = [SECOND, SECOND, SECOND * 2, SECOND * 7];
            let mut processes: Vec<_> = rates.iter().map(|rate| machine.process(*rate, "boot")).collect();
            let mut begun = Vec::new();
            for (process, pass, dies) in steps {
                let process = usize::from(process);
                if dies {
                    processes[process] = machine.process(rates[process], "boot");
                }
                if starts(&processes[process]) {
                    begun.push(machine.time.load(Ordering::Relaxed));
                }
                machine.pass(Duration::from_millis(pass));
            }
            for (index, first) in begun.iter().enumerate() {
                let window = begun[index..].iter().take_while(|start| **start < first + nanos(SECOND * 60));
                prop_assert!(window.count() <= 60);
            }
            prop_assert!(begun.windows(2).all(|pair| pair[1] - pair[0] >= nanos(SECOND)));
        }
    }
}
