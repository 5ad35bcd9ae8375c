//! A program on a terminal of its own, and what the terminal shows.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long anything may take to be shown, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal.
pub struct Terminal {
    keyboard: File,
    shown: Arc<Mutex<Shown>>,
    child: Child,
}

/// What was written to the terminal.
struct Shown {
    screen: vt100::Parser,
    raw: Vec<u8>,
    /// Rows that went on in the next one because they were too long.
    wrapped: Vec<String>,
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

impl Terminal {
    /// Starts a command on a new terminal of so many columns, and 24 rows.
    pub fn start(command: &Command, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("a terminal");
        tcsetwinsize(&master, size(columns, 24)).expect("a size");
        let name = ptsname(&master, Vec::new()).expect("its name");
        let slave = rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its end");
        let side = || Stdio::from(slave.try_clone().expect("another handle"));
        // It makes the terminal the one that the command belongs to, so that keys become signals.
        let mut session = Command::new("setsid");
        session.arg("--ctty").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => session.env(name, value),
                None => session.env_remove(name),
            };
        }
        session.current_dir(command.get_current_dir().expect("a folder"));
        let child =
            session.stdin(side()).stdout(side()).stderr(side()).spawn().expect("`setsid` of util-linux");
        drop(slave);
        let parts = [24, columns].map(|part| part.try_into().expect("not zero"));
        let screen = vt100::Parser::new(parts[0], parts[1], 1000);
        let shown = Arc::new(Mutex::new(Shown { screen, raw: Vec::new(), wrapped: Vec::new() }));
        listen(master.try_clone().expect("another handle"), shown.clone());
        Self { keyboard: master.into(), shown, child }
    }

    /// Types these keys.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("a keyboard");
    }

    /// Makes the window so many columns wide.
    pub fn resize(&self, columns: u16) {
        tcsetwinsize(&self.keyboard, size(columns, 24)).expect("a size");
        let parts = [24, columns].map(|part| part.try_into().expect("not zero"));
        self.shown().screen.screen_mut().set_size(parts[0], parts[1]);
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().expect("the screen")
    }

    /// The rows of the screen.
    pub fn screen(&self) -> String {
        self.shown().screen.screen().contents()
    }

    /// Everything that was written, escapes and all.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown().raw).into_owned()
    }

    /// The rows that were too long for the terminal.
    pub fn wrapped(&self) -> Vec<String> {
        self.shown().wrapped.clone()
    }

    /// Waits until the screen is as wanted, and returns it.
    #[track_caller]
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} was never shown:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen holds a text, and returns it.
    #[track_caller]
    pub fn until_shown(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits for the end of the command; its exit code, and whether the cursor is to be seen at the beginning of a row.
    pub fn ended(&mut self) -> (Option<i32>, bool) {
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("its end") {
                break status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it never ended:\n{}", self.screen());
            thread::sleep(Duration::from_millis(20));
        };
        // What it wrote last is on its way.
        thread::sleep(Duration::from_millis(300));
        let shown = self.shown();
        let screen = shown.screen.screen();
        (code, !screen.hide_cursor() && screen.cursor_position().1 == 0)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(terminal: OwnedFd, shown: Arc<Mutex<Shown>>) {
    thread::spawn(move || {
        let mut terminal = File::from(terminal);
        let mut bytes = [0; 4096];
        while let Ok(read) = terminal.read(&mut bytes) {
            if read == 0 {
                return;
            }
            let mut shown = shown.lock().expect("the screen");
            shown.raw.extend_from_slice(&bytes[..read]);
            shown.screen.process(&bytes[..read]);
            let screen = shown.screen.screen();
            let rows = screen.rows(0, screen.size().1.get()).enumerate();
            let wrapped: Vec<String> = rows
                .filter(|(at, _)| screen.row_wrapped(u16::try_from(*at).expect("few rows")))
                .map(|(_, row)| row)
                .collect();
            shown.wrapped.extend(wrapped);
        }
    });
}
