//! Authentication: who may talk to the secured sockets of a context.
//!
//! libzmq asks an authenticator in the same process about every peer of a secured socket, in a protocol called ZAP (RFC 27).
//! [`Authenticator`] is one, with [`Rules`] for each domain, or with a policy of the program's own ([`Authenticate`]).
//! [`Security`](crate::Security) secures a socket, and [`Certificate`] keeps keys in files.
//!
//! # What libzmq cannot do
//! - Peers are judged when they connect. Who is in stays in: to shut somebody out now, open the socket anew.
//! - Connections over `inproc` are not judged: whoever is in the process gets in.
//! - A CURVE server without a domain, set through the single options, lets everybody in once no authenticator is there.
//!   [`Security`](crate::Security) sets a domain.
//! - PLAIN sends the password in the clear, and the client cannot tell whether it talks to the right server.
//! - Up to 4.3.5 libzmq lets in over GSSAPI whom an authenticator refuses: with a domain, such a server is an error.
//! - libzmq keeps copies of keys and passwords for as long as a socket has them, and longer in the messages of ZAP.
//! - A peer chooses its own metadata. Where the authenticator sets a property, that one counts; a user id is always the
//!   authenticator's, where one is asked.

mod address;
mod certificate;
mod malformed;
mod rules;
mod server;
mod store;
mod verdict;
mod wire;
mod zpl;

use std::collections::BTreeMap;
use std::fmt;
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
pub use store::CertificateStore;
pub use verdict::{Status, Verdict};
pub use wire::{Credentials, Origin, Request};

/// The authenticator of a context: a thread that judges the peers of its secured sockets.
///
/// It runs until it is dropped. Then nobody gets in any more, and no secured socket can bind or connect, until the context
/// has another one. The drop waits for a callback that runs. A context has one authenticator at a time. After a
/// [shutdown](Context::shutdown) of the context it ends by itself.
///
/// The handle may be used on all threads at once. Rules that change apply to every request that libzmq makes later, all
/// together or not at all.
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
/// // From now on nobody gets in.
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
/// Drop it after the sockets that it protects. Connected peers stay when it is dropped, and new ones are turned away.
///
/// Serves `inproc://zeromq.zap.01`.
#[must_use = "it stops when it is dropped, and then nobody gets in"]
pub struct Authenticator {
    server: Server,
    domains: Arc<Domains>,
}

/// What an [`Authenticator`] is made of.
#[must_use]
pub struct AuthenticatorBuilder {
    context: Context,
    rules: RulesByDomain,
}

/// A policy of the program's own: who gets in, decided at once or later.
///
/// [`Authenticator::with`] has it asked on its thread; a closure that takes a [`Request`] and an [`Answer`] is one. While it
/// runs, every other handshake waits. Where it takes its time, it hands the answer to another thread or to an async task, and
/// returns: requests are then judged side by side.
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
    /// Judges a request, or sees to it that somebody does.
    ///
    /// An answer that is dropped turns the peer away, and so does a panic.
    fn authenticate(&mut self, request: Request, answer: Answer);
}

impl<F: FnMut(Request, Answer) + Send + 'static> Authenticate for F {
    fn authenticate(&mut self, request: Request, answer: Answer) {
        self(request, answer);
    }
}

/// A request being judged: what [`Authenticator::with_async`] has a runtime run.
pub type Judging = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Authenticator {
    /// Returns a builder, for an authenticator with [`Rules`].
    pub fn builder(context: &Context) -> AuthenticatorBuilder {
        AuthenticatorBuilder { context: context.clone(), rules: RulesByDomain::default() }
    }

    /// Starts an authenticator with a policy of the program's own. The rules of the handle are not asked.
    ///
    /// # Errors
    /// Those of [`spawn`](AuthenticatorBuilder::spawn).
    pub fn with(context: &Context, policy: impl Authenticate) -> Result<Self> {
        Ok(Self { server: Server::start(context, policy)?, domains: Arc::default() })
    }

    /// Starts an authenticator with an asynchronous policy of the program's own: `judge` makes a future of each request, and
    /// `spawn` has a runtime run it, beside the others. The rules of the handle are not asked.
    ///
    /// A future that is dropped before its end turns the peer away, and so does one that panics.
    ///
    /// # Errors
    /// Those of [`spawn`](AuthenticatorBuilder::spawn).
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
    /// // The authenticator has a thread of its own, where no runtime is current.
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

    /// Replaces the rules for every domain that has none of its own.
    pub fn set_rules(&self, rules: Rules) {
        self.domains.0.lock().default = Arc::new(rules);
    }

    /// Replaces the rules of a domain.
    pub fn set_domain(&self, domain: impl Into<String>, rules: Rules) {
        self.domains.0.lock().named.insert(domain.into(), Arc::new(rules));
    }

    /// Takes the rules of a domain away, so that those apply that are for every other domain.
    pub fn remove_domain(&self, domain: &str) {
        self.domains.0.lock().named.remove(domain);
    }

    /// Replaces all rules at once: those for the domains that are named, and those for every other domain.
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
        *self.domains.0.lock() = RulesByDomain { default: Arc::new(rules), named };
    }

    /// Whether it still judges: not after a shutdown of its context.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.is_running()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}

impl AuthenticatorBuilder {
    /// Sets the rules for every domain that has none of its own; without any, nobody gets in there.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules.default = Arc::new(rules);
        self
    }

    /// Sets the rules of a domain.
    pub fn domain(mut self, domain: impl Into<String>, rules: Rules) -> Self {
        self.rules.named.insert(domain.into(), Arc::new(rules));
        self
    }

    /// Starts the authenticator. From when it returns, secured sockets can bind and connect.
    ///
    /// It takes one of the sockets that [`max_sockets`](crate::ContextBuilder::max_sockets) allows.
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the context has an authenticator, or a socket of its own at
    ///   `inproc://zeromq.zap.01`.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has no socket left, or the system has no file descriptor or
    ///   thread left.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context is shut down.
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
        // A callback may take its time, or change the rules.
        drop(all);
        rules.judge(request)
    }
}
