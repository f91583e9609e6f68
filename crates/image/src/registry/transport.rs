//! Requests and answers: redirects, retries, timeouts.
//!
//! The HTTP client does not follow redirects. This module does, so that only their origin receives
//! credentials, and no request uses plain HTTP without permission.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, LOCATION, RANGE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use reqwest::{Client, ClientBuilder, Response, Url};
use tokio::runtime::{Builder, Handle, Runtime};

use super::error::{Reason, RegistryError};
use super::name::is_loopback;
use super::options::RegistryOptions;
use super::pace::{ATTEMPTS, Pace, Speed};
use super::secret::Secret;

/// The most redirects of one request.
const MAX_REDIRECTS: usize = 10;
/// The most bytes read of an error's body.
const MAX_MESSAGE: usize = 4096;
/// Threads that serve all connections; other threads digest and decode the bytes.
const CONNECTION_THREADS: usize = 2;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) url: Url,
    /// The requested object, for errors.
    pub(super) object: &'a str,
    /// The accepted media types, if they matter.
    pub(super) accept: Option<&'static str>,
    /// The first byte of the range.
    pub(super) start: u64,
    /// A form to post; otherwise the method is `GET`.
    pub(super) form: Option<Secret>,
    /// Whether the method is `HEAD`.
    pub(super) head: bool,
    /// Whether to omit retries and the renewal of the authorization.
    pub(super) casual: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn get(url: Url, object: &'a str) -> Self {
        Self { url, object, accept: None, start: 0, form: None, head: false, casual: false }
    }

    /// Returns the number of attempts.
    pub(super) fn attempts(&self) -> u32 {
        if self.casual { 1 } else { ATTEMPTS }
    }
}

/// The HTTP client.
#[derive(Debug)]
pub(super) struct Transport {
    /// Serves the connections; `None` only while dropping.
    runtime: Option<Runtime>,
    handle: Handle,
    /// Created on demand: reading the system's certificates takes 10 ms.
    clients: [OnceLock<Client>; 3],
    plain_http: bool,
    pub(super) pace: Pace,
}

/// Kinds of connections.
#[derive(Clone, Copy)]
enum Route {
    /// This machine, plain HTTP.
    Here,
    /// This machine, TLS.
    HereEncrypted,
    /// Any other host, through a proxy if the environment names one.
    Elsewhere,
}

impl Route {
    fn to(url: &Url) -> Self {
        match (url.host_str().is_some_and(is_loopback), url.scheme()) {
            (true, "http") => Self::Here,
            (true, _) => Self::HereEncrypted,
            (false, _) => Self::Elsewhere,
        }
    }

    /// Creates a client; connections to this machine use no proxy.
    fn client(self, builder: ClientBuilder) -> Result<Client, RegistryError> {
        let builder = match self {
            Self::Here => builder.no_proxy().tls_certs_only([]),
            Self::HereEncrypted => builder.no_proxy(),
            Self::Elsewhere => builder,
        };
        builder.build().map_err(|error| RegistryError::Setup(Reason::of_request(error)))
    }
}

impl Transport {
    pub(super) fn new(options: &RegistryOptions, pace: Pace) -> Result<Self, RegistryError> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder
            .worker_threads(CONNECTION_THREADS)
            .thread_name("connections")
            .enable_all()
            .build()
            .map_err(|error| RegistryError::Setup(Reason::of(&error)))?;
        let (handle, plain_http) = (runtime.handle().clone(), options.plain_http);
        Ok(Self { runtime: Some(runtime), handle, clients: Default::default(), plain_http, pace })
    }

    fn client(&self, route: Route) -> Result<Client, RegistryError> {
        let [here, here_encrypted, elsewhere] = &self.clients;
        let place = match route {
            Route::Here => here,
            Route::HereEncrypted => here_encrypted,
            Route::Elsewhere => elsewhere,
        };
        if let Some(client) = place.get() {
            return Ok(client.clone());
        }
        crate::host::install_provider();
        let builder = Client::builder()
            .user_agent(concat!("dockopt-dive/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(self.pace.timeout.min(Duration::from_secs(10)))
            .read_timeout(self.pace.timeout);
        let made = route.client(builder)?;
        Ok(place.get_or_init(|| made).clone())
    }

    /// Fails if the address needs plain HTTP and that is not allowed.
    pub(super) fn check_address(&self, url: &Url, what: &'static str) -> Result<(), RegistryError> {
        let local = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "https" => Ok(()),
            "http" if local || self.plain_http => Ok(()),
            _ => Err(RegistryError::PlainHttp { what, address: without_query(url) }),
        }
    }

    /// Returns the header for user and password.
    pub(super) fn basic(&self, user: &Secret, password: &Secret) -> Option<Secret> {
        let request = self.client(Route::Here).ok()?.get("http://localhost/");
        let request = request.basic_auth(user.reveal(), Some(password.reveal())).build().ok()?;
        Some(Secret::new(request.headers().get(AUTHORIZATION)?.to_str().ok()?))
    }

    /// Sends a request and retries transient errors. The answer may have any status.
    pub(super) fn send(
        &self,
        ask: &Ask<'_>,
        authorization: Option<&Secret>,
    ) -> Result<Answer, RegistryError> {
        let begun = Instant::now();
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let outcome = self.follow(ask, authorization);
            let asked = match &outcome {
                Ok(answer) if !answer.is_temporary() => return outcome,
                Ok(answer) => answer.retry_after(),
                Err(error @ RegistryError::Connection { .. }) if !error.is_about_certificate() => None,
                Err(_) => return outcome,
            };
            let pause = match asked {
                Some(asked) if waited.saturating_add(asked) > self.pace.longest_wait => {
                    return outcome.and_then(|answer| Err(answer.rate_limited(asked)));
                }
                Some(asked) => {
                    waited += asked;
                    asked
                }
                None => self.pace.pause(attempt),
            };
            let over =
                (begun.elapsed().saturating_sub(waited) + pause > self.pace.patience) && asked.is_none();
            if attempt == ask.attempts() || over {
                return outcome;
            }
            thread::sleep(pause);
            attempt += 1;
        }
    }

    /// Sends a request once and follows redirects.
    fn follow(&self, ask: &Ask<'_>, authorization: Option<&Secret>) -> Result<Answer, RegistryError> {
        let mut url = ask.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let authorization = authorization.filter(|_| url.origin() == ask.url.origin());
            let answer = self.once(ask, &url, authorization)?;
            let Some(location) = answer.redirect() else {
                return Ok(answer);
            };
            let problem = |problem| RegistryError::Redirect {
                object: ask.object.to_owned(),
                host: host_of(&url),
                problem,
            };
            if ask.form.is_some() {
                return Err(problem("what was posted, which is not sent on"));
            }
            let mut next = url.join(location).map_err(|_| problem("to no address"))?;
            forget_user(&mut next);
            self.check_address(&next, "the redirect to")?;
            url = next;
        }
        let (object, host) = (ask.object.to_owned(), host_of(&url));
        Err(RegistryError::Redirect { object, host, problem: "too often" })
    }

    fn once(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        authorization: Option<&Secret>,
    ) -> Result<Answer, RegistryError> {
        let host = host_of(url);
        let client = self.client(Route::to(url))?;
        let mut request = match &ask.form {
            None if ask.head => client.head(url.clone()),
            None => client.get(url.clone()),
            Some(form) => client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.reveal().to_owned()),
        };
        if let Some(accept) = ask.accept {
            request = request.header(ACCEPT, accept);
        }
        if ask.start > 0 {
            request = request.header(RANGE, format!("bytes={}-", ask.start));
        }
        if let Some(value) = authorization.and_then(|secret| HeaderValue::from_str(secret.reveal()).ok()) {
            let mut value = value;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        match self.handle.block_on(async { request.send().await }) {
            Ok(response) => {
                let (object, pace, handle) = (ask.object.to_owned(), self.pace.clone(), self.handle.clone());
                Ok(Answer { response, host, object, pace, handle })
            }
            Err(error) => Err(RegistryError::Connection { host, source: Reason::of_request(error) }),
        }
    }
}

impl Drop for Transport {
    /// Closes open connections without waiting for them.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An answer before its body.
#[derive(Debug)]
pub(super) struct Answer {
    response: Response,
    /// The answering host, after all redirects.
    host: String,
    object: String,
    pace: Pace,
    handle: Handle,
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Returns a header, if it exists and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Returns the length of the body, if declared.
    pub(super) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// Returns the registry's challenges for credentials.
    pub(super) fn challenges(&self) -> Vec<String> {
        let values = self.response.headers().get_all(WWW_AUTHENTICATE);
        values.iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    }

    /// Returns whether a retry may succeed.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self.status(), 429 | 500 | 502..=504)
    }

    /// Returns the wait that the server asks for before the next request.
    fn retry_after(&self) -> Option<Duration> {
        let value = self.header(RETRY_AFTER.as_str())?;
        super::retry_after::wait(value, self.header(DATE.as_str()), SystemTime::now())
    }

    fn redirect(&self) -> Option<&str> {
        matches!(self.status(), 301..=303 | 307 | 308).then(|| self.header(LOCATION.as_str()))?
    }

    fn rate_limited(self, wait: Duration) -> RegistryError {
        RegistryError::RateLimited { host: self.host, wait: Some(wait), message: None }
    }

    /// Returns the error for this answer; `hide` removes secrets from its message.
    pub(super) fn into_error(self, authenticated: bool, hide: &dyn Fn(&str) -> String) -> RegistryError {
        let (status, host, object) = (self.status(), self.host.clone(), self.object.clone());
        let message = self.message().map(|message| hide(&message));
        match status {
            401 => {
                let who = if authenticated { "you" } else { "anonymous users" };
                RegistryError::Unauthorized { host, who, object, message }
            }
            403 => RegistryError::Forbidden { host, object, message },
            404 => RegistryError::NotFound { host, object, message },
            429 => RegistryError::RateLimited { host, wait: None, message },
            _ => RegistryError::Status { host, status, object, message },
        }
    }

    /// Returns the message in the body of an error, on one line.
    fn message(self) -> Option<String> {
        let mut bytes = Vec::new();
        let mut body = self.body();
        while let Ok(Some(piece)) = body.next() {
            let wanted = MAX_MESSAGE.saturating_sub(bytes.len());
            bytes.extend(piece.into_iter().take(wanted));
            if bytes.len() == MAX_MESSAGE {
                break;
            }
        }
        super::message::parse(&bytes)
    }

    pub(super) fn body(self) -> Body {
        Body { speed: self.pace.speed(), response: self.response, handle: self.handle }
    }

    /// Returns the whole body; fails if it is longer than `limit` bytes.
    pub(super) fn document(self, limit: u64, limited_by: &'static str) -> Result<Vec<u8>, RegistryError> {
        let object = self.object.clone();
        let too_large = || RegistryError::TooLarge { object: object.clone(), limit, limited_by };
        if self.length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let mut body = self.body();
        loop {
            let received = bytes.len() as u64;
            match body.next() {
                Ok(None) => return Ok(bytes),
                Ok(Some(piece)) if received + piece.len() as u64 > limit => return Err(too_large()),
                Ok(Some(piece)) => bytes.extend_from_slice(&piece),
                Err(source) => return Err(RegistryError::Broken { object, received, source }),
            }
        }
    }
}

/// The body of an answer. Fails if bytes stop arriving, or arrive too slowly.
#[derive(Debug)]
pub(super) struct Body {
    response: Response,
    handle: Handle,
    speed: Speed,
}

impl Body {
    /// Returns the next bytes without copying; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Reason> {
        let begun = Instant::now();
        match self.handle.block_on(self.response.chunk()) {
            Ok(Some(piece)) if !self.speed.note(begun.elapsed(), piece.len() as u64) => {
                Err(Reason::too_slow())
            }
            Ok(piece) => Ok(piece),
            Err(error) => Err(Reason::of_request(error)),
        }
    }
}

/// Returns host and port of a URL, for errors.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Removes user and password from a URL: the HTTP client would send them.
pub(super) fn forget_user(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn without_query(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host_of(url), url.path())
}
