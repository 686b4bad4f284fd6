//! Authentication of the peers of a context's secured sockets.
//!
//! libzmq asks an authenticator in the same process about every peer of a secured socket, through a protocol called ZAP
//! (RFC 27). [`Authenticator`] is an implementation, with [`Rules`] for each domain or with a policy of your own
//! ([`Authenticate`]). [`Security`](crate::Security) secures a socket, and [`Certificate`] keeps keys in files.
//!
//! # Limitations of libzmq
//! - Peers are authenticated when they connect. Connected peers stay connected. To disconnect one, close the socket and
//!   open a new one.
//! - Connections over `inproc` are not authenticated: every socket in the process can connect.
//! - A CURVE server without a domain, configured through the single options, accepts every peer while there is no
//!   authenticator. [`Security`](crate::Security) sets a domain.
//! - PLAIN transmits the password unencrypted, and the client cannot authenticate the server.
//! - libzmq up to 4.3.5 accepts GSSAPI peers that the authenticator refuses. Binding such a server with a domain
//!   therefore fails.
//! - libzmq keeps copies of keys and passwords while a socket has them, and longer in ZAP messages.
//! - A peer chooses its own metadata. Properties that the authenticator sets take precedence. If there is an
//!   authenticator, the user ID is always assigned by it.

mod address;
mod certificate;
mod malformed;
mod rules;
mod server;
mod status;
mod store;
mod verdict;
mod wire;
mod zpl;

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use crate::context::Context;
use crate::error::Result;
use crate::lock::Mutex;
use server::Server;

pub use address::AddressRange;
pub use certificate::Certificate;
pub use malformed::Malformed;
pub use rules::Rules;
pub use server::Answer;
pub use status::Status;
pub use store::CertificateStore;
pub use verdict::Verdict;
pub use wire::{Credentials, Origin, Request};

/// The authenticator of a context: a thread that authenticates the peers of its secured sockets.
///
/// The authenticator runs until it is dropped. After that, no peer is accepted and no secured socket can bind or
/// connect, until the context has a new authenticator. The drop waits for a running callback. A context has at most one
/// authenticator at a time. After a [shutdown](Context::shutdown) of the context, the authenticator ends by itself.
///
/// The handle can be used on several threads at once. A change of rules applies atomically to all later requests of
/// libzmq.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::auth::{Authenticator, Rules};
/// use zmq::{Context, ErrorKind, Pull, Push, Security};
///
/// let context = Context::new()?;
/// let rules = Rules::new().plain_user("admin", "secret");
/// let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
///
/// let server = context.socket(Pull)?;
/// server.set_security(&Security::plain_server())?;
/// let endpoint = server.bind("tcp://127.0.0.1:*")?;
///
/// let client = context.socket(Push)?;
/// client.set_security(&Security::plain_client("admin", "secret"))?;
/// client.connect(&endpoint)?;
/// client.send("hello")?;
/// assert_eq!(server.recv()?.user_id(), Some("admin"));
///
/// // From now on, no peer is accepted.
/// authenticator.set_rules(Rules::new());
/// let late = context.socket(Push)?;
/// late.set_security(&Security::plain_client("admin", "secret"))?;
/// let error = late.connect_and_wait(&endpoint, Duration::from_millis(100)).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::TimedOut);
/// # late.set_linger(Duration::ZERO)?;
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// # Dropping
/// Drop the authenticator after the sockets that it protects. When it is dropped, connected peers stay connected, and
/// new peers are refused.
///
/// Serves `inproc://zeromq.zap.01`.
#[doc(alias = "zap")]
#[must_use = "the authenticator stops when it is dropped, and then no peer is accepted"]
pub struct Authenticator {
    server: Server,
    domains: Arc<Domains>,
}

/// A builder of an [`Authenticator`] with [`Rules`]. Created by [`Authenticator::builder`].
#[must_use]
pub struct AuthenticatorBuilder {
    context: Context,
    rules: RulesByDomain,
}

/// An authentication policy of your own, which decides at once or later.
///
/// The thread of [`Authenticator::with`] calls the policy; a closure that takes a [`Request`] and an [`Answer`] is one.
/// While the policy runs, all other handshakes are blocked. If a decision takes time, pass the answer to another thread
/// or to an async task and return, so that requests are processed concurrently.
///
/// # Examples
/// ```
/// use std::thread;
/// use zmq::auth::{Answer, Authenticator, Credentials, Request, Verdict};
/// use zmq::{Context, Rep, Security};
///
/// let context = Context::new()?;
/// let authenticator = Authenticator::with(&context, |request: Request, answer: Answer| {
///     thread::spawn(move || {
///         // Ask a database, for example.
///         let verdict = match request.credentials() {
///             Credentials::Plain { username, password } if *password == *"secret" => Verdict::accept(username),
///             _ => Verdict::refuse("unknown"),
///         };
///         answer.give(verdict);
///     });
/// })?;
/// context.socket(Rep)?.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;
/// # drop(authenticator);
/// # Ok::<(), zmq::Error>(())
/// ```
pub trait Authenticate: Send + 'static {
    /// Decides on a request, at once or by passing the answer on.
    ///
    /// If the answer is dropped, or if the call panics, the peer is refused.
    fn authenticate(&mut self, request: Request, answer: Answer);
}

impl<F: FnMut(Request, Answer) + Send + 'static> Authenticate for F {
    fn authenticate(&mut self, request: Request, answer: Answer) {
        self(request, answer);
    }
}

/// The future of a decision, which [`Authenticator::with_async`] passes to the runtime.
pub type Judging = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Authenticator {
    /// Returns a builder of an authenticator with [`Rules`].
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Authenticator, Rules};
    ///
    /// let context = Context::new()?;
    /// let rules = Rules::new().plain_user("admin", "secret");
    /// let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn builder(context: &Context) -> AuthenticatorBuilder {
        AuthenticatorBuilder { context: context.clone(), rules: RulesByDomain::default() }
    }

    /// Starts an authenticator with a policy of your own. The rules of the handle are not used.
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the context already has an authenticator, or a socket of the
    ///   program at `inproc://zeromq.zap.01`.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has no socket left, or the system has no file
    ///   descriptor or thread left.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Answer, Authenticator, Request, Verdict};
    ///
    /// let context = Context::new()?;
    /// let authenticator = Authenticator::with(&context, |request: Request, answer: Answer| {
    ///     let verdict = match request.address() {
    ///         "127.0.0.1" => Verdict::accept("local"),
    ///         _ => Verdict::refuse("only local peers are accepted"),
    ///     };
    ///     answer.give(verdict);
    /// })?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn with(context: &Context, policy: impl Authenticate) -> Result<Self> {
        Ok(Self { server: Server::start(context, policy)?, domains: Arc::default() })
    }

    /// Starts an authenticator with an asynchronous policy of your own. `judge` creates a future for each request, and
    /// `spawn` passes it to a runtime, which runs it concurrently with others. The rules of the handle are not used.
    ///
    /// If a future is dropped before its end, or panics, the peer is refused.
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the context already has an authenticator, or a socket of the
    ///   program at `inproc://zeromq.zap.01`.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has no socket left, or the system has no file
    ///   descriptor or thread left.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Authenticator, Credentials, Request, Verdict};
    /// use zmq::{Context, Rep, Security};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// async fn judge(request: Request) -> Verdict {
    ///     // Ask a database, for example.
    ///     match request.credentials() {
    ///         Credentials::Plain { username, password } if *password == *"secret" => Verdict::accept(username),
    ///         _ => Verdict::refuse("unknown"),
    ///     }
    /// }
    ///
    /// let context = Context::new()?;
    /// // The authenticator's own thread has no current runtime.
    /// let runtime = tokio::runtime::Handle::current();
    /// let spawn = move |judging| drop(runtime.spawn(judging));
    /// let authenticator = Authenticator::with_async(&context, spawn, judge)?;
    /// context.socket(Rep)?.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;
    /// # drop(authenticator);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_async<F: Future<Output = Verdict> + Send + 'static>(
        context: &Context,
        mut spawn: impl FnMut(Judging) + Send + 'static,
        mut judge: impl FnMut(Request) -> F + Send + 'static,
    ) -> Result<Self> {
        Self::with(context, move |request: Request, answer: Answer| {
            let judging = judge(request);
            spawn(Box::pin(async move { answer.give(judging.await) }));
        })
    }

    /// Replaces the rules for all domains without rules of their own.
    ///
    /// # Examples
    /// ```
    /// # use zmq::Context;
    /// # use zmq::auth::{Authenticator, Rules};
    /// # let authenticator = Authenticator::builder(&Context::new()?).spawn()?;
    /// authenticator.set_rules(Rules::new().plain_user("admin", "secret"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_rules(&self, rules: Rules) {
        self.change(|all| mem::replace(&mut all.default, Arc::new(rules)));
    }

    /// Replaces the rules of a domain.
    ///
    /// # Examples
    /// ```
    /// # use zmq::Context;
    /// # use zmq::auth::{Authenticator, Rules};
    /// # let authenticator = Authenticator::builder(&Context::new()?).spawn()?;
    /// authenticator.set_domain("control", Rules::new().plain_user("admin", "secret"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_domain(&self, domain: impl Into<String>, rules: Rules) {
        let domain = domain.into();
        self.change(|all| all.named.insert(domain, Arc::new(rules)));
    }

    /// Removes the rules of a domain, so that the rules for all other domains apply to it.
    ///
    /// # Examples
    /// ```
    /// # use zmq::Context;
    /// # use zmq::auth::{Authenticator, Rules};
    /// # let authenticator = Authenticator::builder(&Context::new()?).domain("control", Rules::new()).spawn()?;
    /// authenticator.remove_domain("control");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_domain(&self, domain: &str) {
        self.change(|all| all.named.remove(domain));
    }

    /// Replaces all rules atomically: the rules of the named domains, and the rules for all other domains.
    ///
    /// # Examples
    /// ```
    /// # use zmq::Context;
    /// # use zmq::auth::{Authenticator, Rules};
    /// # let authenticator = Authenticator::builder(&Context::new()?).spawn()?;
    /// let operators = Rules::new().plain_user("admin", "secret");
    /// authenticator.replace_all(Rules::new(), [("control", operators)]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn replace_all<D: Into<String>>(&self, rules: Rules, domains: impl IntoIterator<Item = (D, Rules)>) {
        let named = domains.into_iter().map(|(domain, rules)| (domain.into(), Arc::new(rules))).collect();
        self.change(|all| mem::replace(all, RulesByDomain { default: Arc::new(rules), named }));
    }

    /// Returns `true` until the context is shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::Authenticator;
    ///
    /// let authenticator = Authenticator::builder(&Context::new()?).spawn()?;
    /// assert!(authenticator.is_running());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.is_running()
    }

    /// Changes the rules, and drops the replaced ones without the lock, because the drop of a callback runs code of the
    /// program.
    ///
    /// In a forked child the rules decide on nothing, and a thread that does not exist there may hold the lock.
    fn change<T>(&self, change: impl FnOnce(&mut RulesByDomain) -> T) {
        if !self.server.is_forked() {
            let replaced = change(&mut self.domains.0.lock());
            drop(replaced);
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}

impl AuthenticatorBuilder {
    /// Sets the rules for all domains without rules of their own.
    ///
    /// Default: these domains accept no peer.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Authenticator, Rules};
    ///
    /// let rules = Rules::new().plain_user("admin", "secret");
    /// let authenticator = Authenticator::builder(&Context::new()?).rules(rules).spawn()?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules.default = Arc::new(rules);
        self
    }

    /// Sets the rules of a domain.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Authenticator, Rules};
    ///
    /// let operators = Rules::new().plain_user("admin", "secret");
    /// let authenticator = Authenticator::builder(&Context::new()?).domain("control", operators).spawn()?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn domain(mut self, domain: impl Into<String>, rules: Rules) -> Self {
        self.rules.named.insert(domain.into(), Arc::new(rules));
        self
    }

    /// Starts the authenticator. When the call returns, secured sockets can bind and connect.
    ///
    /// The authenticator takes one of the sockets that [`max_sockets`](crate::ContextBuilder::max_sockets) allows.
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the context already has an authenticator, or a socket of the
    ///   program at `inproc://zeromq.zap.01`.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has no socket left, or the system has no file
    ///   descriptor or thread left.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Authenticator;
    /// use zmq::{Context, ErrorKind};
    ///
    /// let context = Context::new()?;
    /// let authenticator = Authenticator::builder(&context).spawn()?;
    /// let error = Authenticator::builder(&context).spawn().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::AddressInUse);
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn spawn(self) -> Result<Authenticator> {
        let domains = Arc::new(Domains(Mutex::new(self.rules)));
        let judged_by = Arc::clone(&domains);
        let policy = move |request: Request, answer: Answer| answer.give(judged_by.judge(&request));
        Ok(Authenticator { server: Server::start(&self.context, policy)?, domains })
    }
}

impl fmt::Debug for AuthenticatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticatorBuilder")
            .field("rules", &self.rules.default)
            .field("domains", &self.rules.named)
            .finish_non_exhaustive()
    }
}

/// The rules of all domains.
#[derive(Clone, Default)]
struct RulesByDomain {
    default: Arc<Rules>,
    named: BTreeMap<String, Arc<Rules>>,
}

#[derive(Default)]
struct Domains(Mutex<RulesByDomain>);

impl Domains {
    fn judge(&self, request: &Request) -> Verdict {
        let all = self.0.lock();
        let rules = Arc::clone(all.named.get(request.domain()).unwrap_or(&all.default));
        // A callback may be slow, or change the rules.
        drop(all);
        rules.judge(request)
    }
}
