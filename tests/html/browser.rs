//! How does a test hold a browser: one driver for all tests, one empty browser for each?

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jumpfleet::report::Report;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fleet::written;

/// How Chromium is started: nothing but the page, no calls home. Root has no sandbox to give away.
const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--window-size=1280,900",
];

/// How long something in a page is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A `chromedriver` that lives as long as this.
pub struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    /// Starts it on any free port.
    pub fn start() -> Self {
        let process = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut process = process.expect("`chromedriver` starts; it is in the package chromium-driver");
        let said = BufReader::new(process.stdout.take().expect("a pipe"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1.trim_end_matches('.');
            Some(port.to_owned())
        });
        let url = format!("http://127.0.0.1:{}", port.expect("chromedriver names its port"));
        Self { process, url }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser with a profile of its own.
pub struct Browser {
    runtime: Runtime,
    client: RefCell<Option<Client>>,
    folder: TempDir,
}

/// A command that only Chromium knows.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Opens one.
    pub fn open(driver: &Driver) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let Value::Object(wanted) = wanted else { panic!("an object") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = runtime.block_on(builder.capabilities(wanted).connect(&driver.url));
        let browser = Self { runtime, client: RefCell::new(Some(client.expect("a session"))), folder };
        // What the browser's own first page asked for is no concern of ours.
        browser.wait(async |client| client.goto("about:blank").await);
        browser.log("performance");
        browser.log("browser");
        browser
    }

    /// Waits for what a command of the driver comes to.
    fn wait<T, E: std::fmt::Debug>(&self, done: impl AsyncFnOnce(&Client) -> Result<T, E>) -> T {
        let client = self.client.borrow();
        let client = client.as_ref().expect("a session");
        self.runtime.block_on(done(client)).expect("the browser does it")
    }

    /// Writes a report to a file of the test's folder.
    pub fn file(&self, report: &Report) -> PathBuf {
        self.write(&written(report, "html"))
    }

    /// Writes a page to a file.
    pub fn write(&self, page: &str) -> PathBuf {
        let path = self.folder.path().join("report.html");
        fs::write(&path, page).expect("a file");
        path
    }

    /// Shows a file.
    pub fn show_file(&self, path: &std::path::Path) {
        self.wait(async |client| client.goto(&format!("file://{}", path.display())).await);
    }

    /// Shows a report and waits until its table is there.
    pub fn show(&self, report: &Report) {
        self.show_file(&self.file(report));
        self.until("document.documentElement.dataset.ready === 'yes'");
    }

    /// What a function body returns in the page.
    pub fn run(&self, script: &str) -> Value {
        self.wait(async |client| client.execute(script, Vec::new()).await)
    }

    /// What an expression is worth in the page.
    pub fn get(&self, expression: &str) -> Value {
        self.run(&format!("return {expression};"))
    }

    /// The same as text.
    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        let value = self.get(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// The same as a number.
    #[track_caller]
    pub fn number(&self, expression: &str) -> f64 {
        let value = self.get(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let begun = Instant::now();
        while self.get(expression) != true {
            assert!(begun.elapsed() < PATIENCE, "never: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys one after the other, wherever the focus is.
    pub fn press(&self, keys: impl IntoIterator<Item = char>) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.wait(async |client| client.perform_actions(actions).await);
    }

    /// Calls a method of Chromium's own protocol.
    pub fn call(&self, method: &str, parameters: Value) -> Value {
        let body = json!({"cmd": method, "params": parameters});
        self.wait(async |client| client.issue_cmd(Own { path: "goog/cdp/execute", body }).await)
    }

    /// The entries of a log since it was last read.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let body = json!({"type": kind});
        let entries = self.wait(async |client| client.issue_cmd(Own { path: "se/log", body }).await);
        entries.as_array().cloned().unwrap_or_default()
    }

    /// The page on paper.
    pub fn pdf(&self) -> Vec<u8> {
        self.wait(async |client| client.print(Default::default()).await)
    }

    /// Fails when the page complained, or asked for anything but itself.
    #[track_caller]
    pub fn assert_silent(&self) {
        let complaints = self.log("browser");
        assert!(complaints.is_empty(), "the console says {complaints:?}");
        let asked: Vec<String> = self.log("performance").iter().filter_map(asked).collect();
        let is_own = |url: &&String| url.starts_with("file://") && url.ends_with("/report.html");
        assert!(asked.iter().all(|url| is_own(&url)), "{asked:?}");
    }
}

/// The address that was asked for, if the entry is about that.
fn asked(entry: &Value) -> Option<String> {
    let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let message = &message["message"];
    let url = &message["params"]["request"]["url"];
    (message["method"] == "Network.requestWillBeSent").then(|| url.as_str().unwrap_or_default().to_owned())
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _ = self.runtime.block_on(client.close());
        }
    }
}
