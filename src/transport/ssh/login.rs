//! Who are we to this server, and which proof does it accept?

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Surroundings;
use super::wire::{FILE, Trouble, UNACCEPTED, UNVERIFIED, Wire};
use crate::model::{Access, Class, Secret, SecretReference};
use crate::transport::Failure;
use crate::transport::key_file::{KeyFile, look_at, public_half};
use crate::transport::turns::Turns;

/// Looks up the value behind a reference; the error is a fragment without secrets.
pub(super) type Secrets<'a> = dyn Fn(&SecretReference) -> Result<Secret, String> + 'a;

/// sshd closes the connection at the sixth refusal (`MaxAuthTries` 6); two are kept for the password.
const KEYS_BEFORE_PASSWORD: usize = 4;
const KEYS_WITHOUT_PASSWORD: usize = 5;

/// How long the agent may take to list its keys; one that hangs must not hold the fleet.
const AGENT_PATIENCE: Duration = Duration::from_secs(3);

/// One attempt to get in, with everything that was tried for the message at the end.
pub(super) struct Login<'a> {
    pub(super) wire: &'a Wire,
    pub(super) user: &'a str,
    pub(super) access: &'a Access,
    /// The password of the host is never told to a bastion.
    pub(super) with_password: bool,
    pub(super) around: &'a Surroundings,
    pub(super) secrets: &'a Secrets<'a>,
    pub(super) agents: &'a Turns,
    pub(super) deadline: Instant,
}

#[derive(Default)]
struct Tried {
    methods: Vec<String>,
    notes: Vec<String>,
    offered: String,
    keys: usize,
}

/// Whether a proof was accepted; a server that hangs up or falls silent is a failure instead.
type Accepted = Result<bool, Failure>;

impl Login<'_> {
    /// Tries the key file, the agent, the usual key files, the password, and the password once more
    /// as the answer to keyboard-interactive, as far as the server offers them.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut tried = Tried::default();
        // A question costs the server as much as a proof, and nearly every server takes the named key.
        if let Some(file) = &self.access.key_file
            && self.with_key_file(&self.expand(file), true, &mut tried)?
        {
            return Ok(());
        }
        if self.ask_what_is_offered(&mut tried)? {
            return Ok(());
        }
        if self.with_keys(&mut tried)? || self.with_password(&mut tried)? {
            return Ok(());
        }
        Err(self.refusal(&tried))
    }

    fn ask_what_is_offered(&self, tried: &mut Tried) -> Accepted {
        let offered = self.wire.drive(self.deadline, |ssh| ssh.auth_methods(self.user).map(str::to_owned));
        match offered {
            Ok(offered) => tried.offered = offered,
            // An account that needs no proof is let in by the question.
            Err(_) if self.wire.session().authenticated() => {}
            Err(trouble) => return Err(self.cut(trouble, tried)),
        }
        Ok(self.wire.session().authenticated())
    }

    fn with_keys(&self, tried: &mut Tried) -> Accepted {
        if !tried.offers("publickey") {
            return Ok(false);
        }
        if self.with_agent(tried)? {
            return Ok(true);
        }
        if self.access.key_file.is_none() {
            for name in ["id_ed25519", "id_ecdsa", "id_rsa"] {
                if self.with_key_file(&self.expand(&format!("~/.ssh/{name}")), false, tried)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn with_key_file(&self, file: &str, named: bool, tried: &mut Tried) -> Accepted {
        let text = match (self.around.read)(file) {
            Ok(Some(text)) => Secret::new(text),
            Ok(None) if !named => return Ok(false),
            Ok(None) => return Ok(tried.note(format!("key file `{file}` does not exist"))),
            Err(error) => return Ok(tried.note(format!("key file `{file}` cannot be read: {error}"))),
        };
        let passphrase = match look_at(text.reveal()) {
            KeyFile::Other => {
                return Ok(tried.note(format!("`{file}` is not a private key in OpenSSH or PEM form")));
            }
            KeyFile::Open => None,
            KeyFile::Encrypted => match self.access.key_passphrase.as_ref().filter(|_| named) {
                Some(reference) => Some(self.secret(reference)?),
                None => {
                    return Ok(
                        tried.note(format!("key file `{file}` is encrypted and no passphrase is named"))
                    );
                }
            },
        };
        if self.too_many_keys(tried) {
            return Ok(tried.note(format!("key file `{file}` was not tried, the server would hang up")));
        }
        // As OpenSSH does, a certificate that lies beside the key is shown with it.
        let certificate = (self.around.read)(&format!("{file}-cert.pub")).ok().flatten();
        // libssh2 would open the private key once more only to learn the public one.
        let public = certificate.or_else(|| public_half(text.reveal()));
        tried.key(format!("key `{file}`"));
        let answer = self.wire.drive(self.deadline, |ssh| {
            ssh.userauth_pubkey_memory(
                self.user,
                public.as_deref(),
                text.reveal(),
                passphrase.as_ref().map(Secret::reveal),
            )
        });
        if let Err(Trouble::Broken { code: FILE | UNVERIFIED, message }) = &answer {
            return Ok(tried.note(match passphrase {
                Some(_) => format!("the named passphrase does not open key file `{file}`"),
                None => format!("key file `{file}` cannot be used: {message}"),
            }));
        }
        self.judge(answer, tried)
    }

    fn with_agent(&self, tried: &mut Tried) -> Accepted {
        let Some(socket) = &self.around.agent else { return Ok(false) };
        // Agents die of a thousand visitors at once, and libssh2 waits for them without a limit.
        let Some(_turn) = self.agents.take("", self.deadline) else {
            return Err(self.cut(Trouble::Late, tried));
        };
        if let Err(error) = ask_agent(socket, self.deadline) {
            return Ok(
                tried.note(format!("the ssh-agent at `{}` does not answer: {error}", socket.display()))
            );
        }
        let Ok(agent) = self.open_agent(socket) else {
            return Ok(tried.note("the ssh-agent does not list its keys".to_owned()));
        };
        for identity in agent.identities().unwrap_or_default() {
            if self.too_many_keys(tried) {
                return Ok(tried
                    .note("not all keys of the ssh-agent were tried, the server would hang up".to_owned()));
            }
            tried.key(format!("agent key `{}`", identity.comment()));
            let answer = self.wire.drive(self.deadline, |_| agent.userauth(self.user, &identity));
            // An agent that cannot sign, or holds a certificate, is not the server's refusal.
            let answer = match answer {
                Err(Trouble::Broken { code: UNVERIFIED, .. }) => Ok(false),
                answer => self.judge(answer, tried),
            };
            if answer? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn open_agent(&self, socket: &Path) -> Result<ssh2::Agent, ssh2::Error> {
        let mut agent = self.wire.session().agent()?;
        agent.set_identity_path(socket)?;
        agent.connect()?;
        agent.list_identities()?;
        Ok(agent)
    }

    fn with_password(&self, tried: &mut Tried) -> Accepted {
        let Some(reference) = self.access.password.as_ref().filter(|_| self.with_password) else {
            return Ok(false);
        };
        let mut password_offered = tried.offers("password") || tried.offers("keyboard-interactive");
        if !password_offered && tried.keys > 0 {
            // A server that wants a key and a password names the second only after the first.
            let _ = self.ask_what_is_offered(tried)?;
            password_offered = tried.offers("password") || tried.offers("keyboard-interactive");
        }
        if !password_offered {
            return Ok(tried.note("the server takes no password".to_owned()));
        }
        let password = self.secret(reference)?;
        if tried.offers("password") {
            tried.methods.push("password".to_owned());
            let answer =
                self.wire.drive(self.deadline, |ssh| ssh.userauth_password(self.user, password.reveal()));
            // The same secret once more by another method would count as a second failure of the account.
            return self.judge(answer, tried);
        }
        tried.methods.push("keyboard-interactive".to_owned());
        let mut answers = OneAnswer { password: Some(&password) };
        let answer =
            self.wire.drive(self.deadline, |ssh| ssh.userauth_keyboard_interactive(self.user, &mut answers));
        self.judge(answer, tried)
    }

    fn too_many_keys(&self, tried: &Tried) -> bool {
        let password_follows = self.with_password && self.access.password.is_some();
        tried.keys >= if password_follows { KEYS_BEFORE_PASSWORD } else { KEYS_WITHOUT_PASSWORD }
    }

    fn secret(&self, reference: &SecretReference) -> Result<Secret, Failure> {
        (self.secrets)(reference).map_err(|error| Failure::on_the_way(Class::SecretMissing, error))
    }

    fn expand(&self, file: &str) -> String {
        match (file.strip_prefix("~/"), &self.around.home) {
            (Some(rest), Some(home)) => home.join(rest).display().to_string(),
            _ => file.to_owned(),
        }
    }

    fn judge(&self, answer: Result<(), Trouble>, tried: &mut Tried) -> Accepted {
        match answer {
            Ok(()) => Ok(self.wire.session().authenticated()),
            Err(Trouble::Broken { code: UNACCEPTED | UNVERIFIED, .. }) => Ok(false),
            Err(Trouble::Broken { message, .. }) if message.to_ascii_lowercase().contains("expired") => {
                Ok(tried.note("the password has expired and must be changed by hand".to_owned()))
            }
            Err(trouble) => Err(self.cut(trouble, tried)),
        }
    }

    /// The server fell silent or hung up instead of answering.
    fn cut(&self, trouble: Trouble, tried: &Tried) -> Failure {
        let tail = tried.tail();
        match trouble {
            Trouble::Late => Failure::on_the_way(
                Class::Timeout,
                format!("the server did not answer in time while logging in as `{}`{tail}", self.user),
            ),
            Trouble::Broken { message, .. } if tried.methods.is_empty() => Failure::on_the_way(
                Class::ConnectionLost,
                format!("the connection was cut before logging in as `{}`: {message}", self.user),
            ),
            Trouble::Broken { message, .. } => Failure::on_the_way(
                Class::Authentication,
                format!("the server hung up while logging in as `{}`: {message}{tail}", self.user),
            ),
        }
    }

    fn refusal(&self, tried: &Tried) -> Failure {
        let detail = format!("no way to log in as `{}` was accepted{}", self.user, tried.tail());
        Failure::on_the_way(Class::Authentication, detail)
    }
}

impl Tried {
    fn offers(&self, method: &str) -> bool {
        self.offered.split(',').any(|offered| offered == method)
    }

    fn key(&mut self, name: String) {
        self.keys += 1;
        self.methods.push(name);
    }

    /// Remembers why something could not be tried; always `false`, for the ways that end there.
    fn note(&mut self, note: String) -> bool {
        self.notes.push(note);
        false
    }

    fn tail(&self) -> String {
        let tried = if self.methods.is_empty() { "nothing".to_owned() } else { self.methods.join(", ") };
        let mut tail = format!("; tried {tried}");
        for note in &self.notes {
            let _ = write!(tail, "; {note}");
        }
        if !self.offered.is_empty() {
            let _ = write!(tail, "; the server offers {}", self.offered.replace(',', ", "));
        }
        tail
    }
}

/// Asks the agent for its keys with a time limit, which libssh2 does not have.
fn ask_agent(socket: &Path, deadline: Instant) -> std::io::Result<()> {
    const LIST_IDENTITIES: [u8; 5] = [0, 0, 0, 1, 11];
    let mut agent = UnixStream::connect(socket)?;
    let left = deadline.saturating_duration_since(Instant::now());
    // Zero would mean no limit.
    let patience = AGENT_PATIENCE.min(left).max(Duration::from_millis(1));
    agent.set_read_timeout(Some(patience))?;
    agent.set_write_timeout(Some(patience))?;
    agent.write_all(&LIST_IDENTITIES)?;
    agent.read_exact(&mut [0; 4])
}

/// Gives the password to the first hidden question and nothing to any other.
struct OneAnswer<'a> {
    password: Option<&'a Secret>,
}

impl ssh2::KeyboardInteractivePrompt for OneAnswer<'_> {
    fn prompt<'b>(&mut self, _user: &str, _text: &str, prompts: &[ssh2::Prompt<'b>]) -> Vec<String> {
        let mut answer = |prompt: &ssh2::Prompt<'b>| match self.password.take_if(|_| !prompt.echo) {
            Some(password) => password.reveal().to_owned(),
            None => String::new(),
        };
        prompts.iter().map(&mut answer).collect()
    }
}
