//! How does a request of the API account get its answer? Within the quota, with a token, tried again where that is safe.

use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::call::{Call, Method, Reply, percent};
use super::common::Common;
use super::failure::{self, ApiError, waiting};
use super::pages::Place;
use super::token::Token;
use crate::model::Secret;
use crate::web::{Answer, Ask, Client, Patience, Take, WebError};

/// How a request is sent.
type Sent<'a> = &'a mut dyn FnMut(&Ask<'_>) -> Result<Answer, WebError>;

/// How long a download may take; an installer has some ten megabytes.
pub(super) const DOWNLOAD: Patience =
    Patience { begin: Duration::from_secs(60), end: Duration::from_secs(30 * 60) };

/// How long a report may take; one of a week takes ten seconds on a real site.
pub(super) const REPORT: Patience =
    Patience { begin: Duration::from_secs(180), end: Duration::from_secs(240) };

/// How long an appliance that is too busy is waited for, in all.
const PATIENCE: Duration = Duration::from_secs(120);

/// The first pause where the appliance does not say how long; it doubles.
const PAUSE: Duration = Duration::from_secs(1);

/// How often what may be repeated is sent again after the connection was lost.
const LOST: u32 = 2;

/// Whoever waits longer is told so.
const TOLD: Duration = Duration::from_secs(5);

/// Tells people of a wait.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// What an API account is known by.
pub struct Credentials {
    /// The OAuth client id.
    pub id: Secret,
    /// The OAuth client secret.
    pub secret: Secret,
}

/// An API account on a site; all who ask as it in this process share its token and its quota.
pub struct Account {
    client: Client,
    credentials: Credentials,
    common: Arc<Common>,
    tell: Tell,
}

impl Account {
    /// An account that is asked through this client.
    pub fn new(client: Client, credentials: Credentials) -> Self {
        let common = Common::of(client.address().reveal(), &credentials.id, &credentials.secret);
        Self { client, credentials, common, tell: Arc::new(|_| {}) }
    }

    /// The same, which tells people so of waits that they may wonder about.
    #[must_use]
    pub fn telling(self, tell: Tell) -> Self {
        Self { tell, ..self }
    }

    /// The same, whose token and quota are kept for whoever asks as this account later in this process.
    #[must_use]
    pub fn kept(self) -> Self {
        Common::keep(&self.common);
        self
    }

    /// What the site's own clock shows now at the least; none where no answer has told it.
    pub fn time(&self) -> Option<Timestamp> {
        self.common.time()
    }

    /// The host that answers.
    pub fn host(&self) -> &str {
        self.client.address().host()
    }

    /// The OAuth client id, to find the account's own record by.
    pub(super) fn client_id(&self) -> &str {
        self.credentials.id.reveal()
    }

    /// Sends a request and gives its answer, which is one of success.
    pub fn send(&self, call: &Call) -> Result<Reply, ApiError> {
        self.exchange(call, &mut |ask| self.client.ask(ask))
    }

    /// The same, whose body `take` takes as it comes.
    pub(super) fn fetch(&self, call: &Call, patience: Patience, take: Take<'_>) -> Result<Reply, ApiError> {
        self.exchange(call, &mut |ask| self.client.fetch(ask, patience, take))
    }

    fn exchange(&self, call: &Call, sent: Sent<'_>) -> Result<Reply, ApiError> {
        let mut waited = Waited::default();
        let mut was_refused = false;
        loop {
            let (token, is_new) = self.token()?;
            self.admit(call)?;
            let answer = match self.ask(call, &token, sent) {
                Ok(answer) => answer,
                // Of what came by pieces, the rest is asked for by whoever has the pieces.
                Err(_) if call.is_whole() && waited.may_ask_again(call.method) => continue,
                Err(error) => return Err(ApiError::Unreachable { call: call.shown(), error }),
            };
            match answer.status {
                200..=299 => return Ok(reply(call, answer)),
                // A token that was ended in between; with another one, whoever asked for it, 401 has another reason.
                401 if !(is_new || was_refused) => {
                    was_refused = true;
                    self.forget(&token);
                }
                429 | 503 => self.wait(&mut waited, call, &answer)?,
                502 | 504 if call.method.may_be_repeated() => self.wait(&mut waited, call, &answer)?,
                status => return Err(failure::of_status(call.shown(), status, &answer.body)),
            }
        }
    }

    /// Waits until a request may be sent; one that could not be for longer than anybody waits is given up at once.
    fn admit(&self, call: &Call) -> Result<(), ApiError> {
        let quota = &self.common.quota;
        let mut waited = Duration::ZERO;
        while let Some(rest) = quota.rest(Instant::now()) {
            waited = waited.saturating_add(rest);
            if waited > PATIENCE {
                return Err(ApiError::Spent { call: call.shown(), rest: rest.as_secs() });
            }
            self.sleep(rest, "the account's requests of this hour are used up");
        }
        quota.wait();
        Ok(())
    }

    /// Rests as long as the appliance wants, if that is not too long.
    fn wait(&self, waited: &mut Waited, call: &Call, answer: &Answer) -> Result<(), ApiError> {
        let rest = waited.rest(call, answer.status, self.common.rest(answer))?;
        self.sleep(rest, "the appliance is busy, or the account has asked too often");
        Ok(())
    }

    fn sleep(&self, rest: Duration, why: &str) {
        if rest >= TOLD && self.common.is_news(rest, Instant::now()) {
            (self.tell)(&format!("{why}: waiting {} for {}", waiting(rest.as_secs()), self.host()));
        }
        thread::sleep(rest);
    }

    fn ask(&self, call: &Call, token: &Token, sent: Sent<'_>) -> Result<Answer, WebError> {
        let body = call.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let bearer = format!("Bearer {}", token.word.reveal());
        let range = call.begun.as_ref().map(|begun| format!("bytes={}-", begun.bytes));
        let mut headers = vec![("Authorization", bearer.as_str()), ("Accept", call.accept)];
        // The vendor's own word: whoever asks again has closed the connection before.
        headers.push(("Connection", "close"));
        if call.body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        if let (Some(range), Some(begun)) = (&range, &call.begun) {
            headers.push(("Range", range));
            // All of it, if it is not any more the file that was begun.
            headers.push(("If-Range", &begun.validator));
        }
        let asked = Instant::now();
        let ask = Ask {
            method: call.method.word(),
            target: &call.target,
            headers: &headers,
            body: body.as_bytes(),
        };
        let answer = sent(&ask)?;
        self.common.heard(&answer, asked);
        Ok(answer)
    }

    /// The token that all use, or a new one; whoever comes meanwhile waits for it instead of asking for another.
    fn token(&self) -> Result<(Token, bool), ApiError> {
        let mut held = self.common.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(token) = held.token(now) {
            return Ok((token.clone(), false));
        }
        if let Some(what) = held.refusal(now) {
            return Err(ApiError::NoToken { what: what.to_owned() });
        }
        let minted = self.mint();
        match &minted {
            Ok(token) => held.hold(token.clone()),
            Err(ApiError::NoToken { what }) => held.refuse(what.clone(), Instant::now()),
            Err(_) => {}
        }
        minted.map(|token| (token, true))
    }

    fn forget(&self, token: &Token) {
        self.common.token.lock().unwrap_or_else(PoisonError::into_inner).forget(token);
    }

    fn mint(&self) -> Result<Token, ApiError> {
        const PATH: &str = "/oauth2/token";
        let call = Call { method: Method::Post, ..Call::get(PATH) };
        let words =
            Secret::new(format!("{}:{}", self.credentials.id.reveal(), self.credentials.secret.reveal()));
        let basic = Secret::new(format!("Basic {}", BASE64_STANDARD.encode(words.reveal())));
        let body = format!("grant_type={}", percent("client_credentials"));
        let headers = [
            ("Authorization", basic.reveal()),
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Connection", "close"),
        ];
        let ask = Ask { method: "POST", target: PATH, headers: &headers, body: body.as_bytes() };
        let mut waited = Waited::default();
        loop {
            self.common.quota.wait();
            let now = Instant::now();
            let answer = match self.client.ask(&ask) {
                Ok(answer) => answer,
                // A token that was granted and lost costs nothing but its place among thirty.
                Err(_) if waited.may_ask_again(Method::Get) => continue,
                Err(error) => return Err(ApiError::Unreachable { call: call.shown(), error }),
            };
            match answer.status {
                200..=299 => {
                    let unreadable = || ApiError::Unreadable {
                        call: call.shown(),
                        what: "there is no token in it".to_owned(),
                    };
                    return Token::read(&answer.body, now).ok_or_else(unreadable);
                }
                429 | 502..=504 => self.wait(&mut waited, &call, &answer)?,
                status @ 400..=499 => return Err(failure::no_token(status, &answer.body)),
                status => return Err(failure::of_status(call.shown(), status, &answer.body)),
            }
        }
    }
}

fn reply(call: &Call, answer: Answer) -> Reply {
    let place = Place::read(|name| answer.header(name));
    let name = answer.header("content-disposition").map(str::to_owned);
    Reply { shown: call.shown(), place, disposition: name, body: answer.body }
}

/// How patient one request was so far.
#[derive(Default)]
struct Waited {
    lost: u32,
    busy: u32,
    rested: Duration,
}

impl Waited {
    /// Whether the request is sent again after the connection was lost.
    fn may_ask_again(&mut self, method: Method) -> bool {
        self.lost += 1;
        let again = method.may_be_repeated() && self.lost <= LOST;
        if again {
            thread::sleep(PAUSE * self.lost);
        }
        again
    }

    /// How long is rested, as long as the appliance wants, if that is not too long.
    fn rest(&mut self, call: &Call, status: u16, wanted: Option<Duration>) -> Result<Duration, ApiError> {
        let rest = wanted.unwrap_or(PAUSE * 2_u32.saturating_pow(self.busy.min(6)));
        if self.rested.saturating_add(rest) > PATIENCE {
            let (waited, rest) = (self.rested.as_secs(), wanted.map(|wanted| wanted.as_secs()));
            return Err(ApiError::Busy { call: call.shown(), status, waited, rest });
        }
        self.rested += rest;
        self.busy += 1;
        Ok(rest)
    }
}
