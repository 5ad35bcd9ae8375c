//! Servers, accounts and faults for one test at a time.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jumpfleet::model::{Access, Class, JumpHost, Secret, SecretReference};
use jumpfleet::transport::{Command, Dialer, Failure, Finished, Limits, Session, Surroundings};
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use tempfile::TempDir;

/// The password of every throw-away account, and its crypt(3) form.
pub const PASSWORD: &str = "open sesame";

/// Runs a program and gives back what it printed.
pub fn tool(program: &str, arguments: &[&str]) -> String {
    let done = Process::new(program).args(arguments).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("`{program}` cannot run: {error}"));
    let err = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?}: {err}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Makes a key pair and gives back the text of its public half.
pub fn keygen(file: &Path, kind: &str, passphrase: &str) -> String {
    let name = file.to_str().unwrap();
    tool("ssh-keygen", &["-q", "-t", kind, "-N", passphrase, "-C", "test key", "-f", name]);
    fs::read_to_string(format!("{name}.pub")).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A port that is held and at which nothing listens, for as long as its socket is kept.
pub fn shut_port() -> (OwnedFd, u16) {
    let held = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&held, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let port = SocketAddr::try_from(getsockname(&held).unwrap()).unwrap().port();
    (held, port)
}

/// A real sshd with a configuration, host key and client key of its own.
pub struct Sshd {
    pub port: u16,
    pub folder: TempDir,
    process: Child,
}

impl Sshd {
    pub fn start() -> Self {
        Self::with("")
    }

    /// `first` stands at the top of sshd_config, where sshd lets it win.
    pub fn with(first: &str) -> Self {
        assert!(
            rustix::process::geteuid().is_root(),
            "these tests start servers and make accounts: run them as root"
        );
        fs::create_dir_all("/run/sshd").unwrap();
        let folder = tempfile::Builder::new().prefix("jumpfleet-ssh-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        keygen(&folder.path().join("host_ed25519"), "ed25519", "");
        let public = keygen(&folder.path().join("key"), "ed25519", "");
        fs::write(folder.path().join("authorized_keys"), public).unwrap();
        // The port is free now but may be taken until sshd asks for it.
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = serve(folder.path(), port, first) {
                let sshd = Self { port, folder, process };
                sshd.trust(port);
                return sshd;
            }
        }
        panic!("sshd does not start: {}", log(folder.path()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn host_key(&self) -> String {
        let public = fs::read_to_string(self.path("host_ed25519.pub")).unwrap();
        public.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Lists the host key for a port under which this server can be reached.
    pub fn trust(&self, port: u16) {
        let line = format!("[127.0.0.1]:{port} {}\n", self.host_key());
        let file = self.path("known_hosts");
        let known = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, known + &line).unwrap();
    }

    /// The key file of the folder, root, and this server's known_hosts.
    pub fn access(&self) -> Access {
        Access {
            port: self.port,
            user: Some("root".into()),
            key_file: Some(self.text("key")),
            known_hosts: vec![self.text("known_hosts")],
            ..Access::default()
        }
    }

    /// The same with a password instead of a key.
    pub fn password_access(&self, account: &Account) -> Access {
        Access {
            user: Some(account.name.clone()),
            key_file: None,
            password: Some(SecretReference::Env("PASSWORD".into())),
            ..self.access()
        }
    }

    pub fn session(&self) -> Session {
        connect(&self.access()).unwrap_or_else(|failure| panic!("{failure:?}\n{}", log(self.folder.path())))
    }

    pub fn as_bastion(&self) -> JumpHost {
        JumpHost { user: None, host: "127.0.0.1".into(), port: self.port }
    }
}

fn serve(folder: &Path, port: u16, first: &str) -> Option<Child> {
    let at = folder.display();
    // The one option of which sshd takes the last.
    let max_startups = if first.contains("MaxStartups") { "" } else { "MaxStartups 200\n" };
    // With a deeper shell level, bash does not read the profile of whoever runs the tests.
    let config = format!(
        "{first}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_ed25519\nPidFile none\n\
         StrictModes no\nSetEnv SHLVL=5\nUsePAM no\nPermitRootLogin yes\nAuthorizedKeysFile {at}/authorized_keys\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\n{max_startups}LogLevel VERBOSE\n"
    );
    fs::write(folder.join("sshd_config"), config).unwrap();
    let mut process = Process::new("/usr/sbin/sshd")
        .args(["-D", "-f", &format!("{at}/sshd_config"), "-E", &format!("{at}/log")])
        .stderr(Stdio::null())
        .spawn()
        .expect("`/usr/sbin/sshd` is missing: install openssh-server");
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline && process.try_wait().unwrap().is_none() {
        if log(folder).contains("Server listening") {
            return Some(process);
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

static ACCOUNTS: Mutex<()> = Mutex::new(());
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A local account with [`PASSWORD`], removed at the end of the test.
pub struct Account {
    pub name: String,
    sudoers: PathBuf,
}

impl Account {
    /// An account that may do with sudo what `rule` says, such as `ALL=(ALL) NOPASSWD: ALL`.
    pub fn new(sudo_rule: Option<&str>) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("jft{}x{number}", std::process::id());
        let hash = tool("openssl", &["passwd", "-6", "-salt", "jumpfleet", PASSWORD]);
        let arguments = ["--no-log-init", "-M", "-d", "/", "-s", "/bin/sh", "-p", hash.trim(), name.as_str()];
        shadow("useradd", &arguments);
        let sudoers = PathBuf::from(format!("/etc/sudoers.d/{name}"));
        if let Some(rule) = sudo_rule {
            fs::create_dir_all("/etc/sudoers.d").unwrap();
            fs::write(&sudoers, format!("{name} {rule}\n")).unwrap();
            fs::set_permissions(&sudoers, fs::Permissions::from_mode(0o440)).unwrap();
        }
        Self { name, sudoers }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.sudoers);
        shadow("userdel", &["-f", &self.name]);
    }
}

/// The account files have one lock for the whole machine, which the tools do not wait for.
fn shadow(program: &str, arguments: &[&str]) {
    let _one_at_a_time = ACCOUNTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for _ in 0..100 {
        let done = Process::new(program).args(arguments).output().unwrap();
        let busy = String::from_utf8_lossy(&done.stderr).contains("cannot lock");
        if !busy {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// A relay in front of a server, for cutting and freezing what runs over it.
pub struct Relay {
    pub port: u16,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    frozen: Arc<AtomicBool>,
}

impl Relay {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self {
            port: listener.local_addr().unwrap().port(),
            streams: Arc::default(),
            frozen: Arc::default(),
        };
        let (streams, frozen) = (Arc::clone(&relay.streams), Arc::clone(&relay.frozen));
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let frozen = Arc::clone(&frozen);
                    thread::spawn(move || carry(from, to, &frozen));
                }
                streams.lock().unwrap().extend([near, far]);
            }
        });
        relay
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets nothing through any more, without a word.
    pub fn freeze(&self) {
        self.frozen.store(true, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, frozen: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        while frozen.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Patient enough for a busy machine; the tests of limits set their own.
pub fn limits() -> Limits {
    Limits::default()
}

pub fn surroundings() -> Surroundings {
    Surroundings {
        read: Box::new(|file| match fs::read_to_string(file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }),
        append: Box::new(|file, line| {
            let text = fs::read_to_string(file).unwrap_or_default();
            fs::write(file, format!("{text}{line}\n"))
        }),
        home: None,
        user: "root".into(),
        agent: None,
    }
}

pub fn dialer() -> Dialer {
    Dialer::new(limits(), surroundings())
}

pub fn in_seconds(seconds: f32) -> Instant {
    Instant::now() + Duration::from_secs_f32(seconds)
}

/// Answers `PASSWORD` with the accounts' password and `PHRASE` with the tests' passphrase.
pub fn secrets(reference: &SecretReference) -> Result<Secret, String> {
    let known = HashMap::from([("PASSWORD", PASSWORD), ("PHRASE", "the passphrase"), ("WRONG", "not it")]);
    let SecretReference::Env(name) = reference else { return Err("only variables here".into()) };
    known.get(name.as_str()).map(|value| Secret::new(*value)).ok_or(format!("`{name}` is not set"))
}

pub fn reference(name: &str) -> Option<SecretReference> {
    Some(SecretReference::Env(name.into()))
}

pub fn connect(access: &Access) -> Result<Session, Failure> {
    connect_with(&dialer(), access)
}

pub fn connect_with(dialer: &Dialer, access: &Access) -> Result<Session, Failure> {
    dialer.connect("127.0.0.1", access, &secrets, in_seconds(20.0))
}

pub fn refused(access: &Access) -> Failure {
    connect(access).expect_err("the connection was not refused")
}

pub fn command(script: &str) -> Command<'_> {
    Command::new(script, Duration::from_secs(20))
}

pub fn run(session: &mut Session, script: &str) -> Finished {
    session.run(&command(script)).unwrap_or_else(|failure| panic!("{script}: {failure:?}"))
}

/// Runs `id -un` to prove that the session is usable.
pub fn who(session: &mut Session) -> String {
    run(session, "id -un").stdout.trim().to_owned()
}

/// The failure has this class, and every word in its detail.
pub fn assert_failure(failure: &Failure, class: Class, words: &[&str]) {
    assert_eq!(failure.class, class, "{failure:?}");
    for word in words {
        assert!(failure.detail.contains(word), "`{word}` is missing in: {failure:?}");
    }
    assert!(!failure.detail.contains(PASSWORD), "{failure:?}");
}

/// Fails if `action` takes longer than `limit` and about a second.
pub fn within<T>(limit: Duration, action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = action();
    let taken = start.elapsed();
    assert!(taken < limit + Duration::from_millis(1200), "took {taken:?} instead of {limit:?}");
    result
}
