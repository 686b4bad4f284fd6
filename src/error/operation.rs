//! The operations that errors name.

use std::fmt;

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares the operations, each with the text that `Display` prints.
///
/// The subject of a `bare` operation is an identifier of the API, which prints as it is; other subjects are a user's
/// text, which prints in quotes.
macro_rules! operations {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal $($bare:ident)?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Returns the text that `Display` prints.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::Operation::Connect.as_str(), "connect");
            /// ```
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Returns `true` if the subject prints without quotes.
            pub(super) fn has_bare_subject(self) -> bool {
                match self {
                    $(Self::$variant => operations!(@is_bare $($bare)?),)*
                }
            }
        }
    };
    (@is_bare bare) => { true };
    (@is_bare) => { false };
}

operations! {
    /// The operation that failed with an [`Error`](crate::Error).
    Operation {
        /// Checking the libzmq that is loaded.
        LoadLibrary = "use the libzmq that is loaded",
        /// Calling a C function of libzmq.
        CallLibrary = "call libzmq",
        /// Creating a context.
        CreateContext = "create a context",
        /// Setting an option of a context.
        SetContextOption = "set the context's" bare,
        /// Reading an option of a context.
        GetContextOption = "read the context's" bare,
        /// Shutting a context down.
        Shutdown = "shut the context down",
        /// Reading a socket type from text.
        ParseSocketType = "read the socket type",
        /// Reading a security mechanism from text.
        ParseMechanism = "read the mechanism",
        /// Reading a capability from text.
        ParseCapability = "read the capability",
        /// Reading an endpoint from text.
        ParseEndpoint = "read the endpoint",
        /// Opening a socket.
        OpenSocket = "open a socket of type" bare,
        /// Binding a socket.
        Bind = "bind",
        /// Connecting a socket.
        Connect = "connect",
        /// Unbinding a socket.
        Unbind = "unbind",
        /// Disconnecting a socket.
        Disconnect = "disconnect",
        /// Setting an option of a socket.
        SetOption = "set" bare,
        /// Reading an option of a socket.
        GetOption = "read" bare,
        /// Sending.
        Send = "send",
        /// Receiving.
        Receive = "receive",
        /// Creating a message.
        CreateMessage = "create a message" bare,
        /// Encoding a multipart message as one frame.
        EncodeMultipart = "encode the multipart message",
        /// Decoding a multipart message from one frame.
        DecodeMultipart = "decode the multipart message",
        /// Reading a message as text.
        ReadText = "read the message as text",
        /// Reading the name of a group.
        ReadGroup = "use the group",
        /// Joining a group.
        JoinGroup = "join the group",
        /// Leaving a group.
        LeaveGroup = "leave the group",
        /// Waiting for sockets.
        Wait = "wait",
        /// Registering a socket with an asynchronous runtime.
        Register = "register with the runtime",
        /// Creating a poller.
        CreatePoller = "create a poller",
        /// Adding a socket to a poller, or changing the events to wait for.
        AddToPoller = "add to the poller",
        /// Removing a socket from a poller.
        RemoveFromPoller = "find in the poller",
        /// Looking up a socket or another source in a reactor.
        FindInReactor = "find in the reactor",
        /// Encoding bytes in Z85.
        EncodeZ85 = "encode in Z85",
        /// Decoding a Z85 text.
        DecodeZ85 = "decode the Z85 text",
        /// Creating a CURVE key pair.
        CreateKeyPair = "create a CURVE key pair",
        /// Deriving the public key from the secret one.
        DerivePublicKey = "derive the public key",
        /// Reading a public key from text or bytes.
        ReadPublicKey = "read the public key",
        /// Reading a secret key from text or bytes.
        ReadSecretKey = "read the secret key",
        /// Adding a timer to a set.
        AddTimer = "add a timer" bare,
        /// Changing the interval of a timer.
        SetTimerInterval = "set the interval of timer" bare,
        /// Restarting the interval of a timer.
        ResetTimer = "reset timer" bare,
        /// Creating a guard of a timer.
        GuardTimer = "guard timer" bare,
        /// Monitoring a socket.
        Monitor = "monitor the socket",
        /// Waiting for a peer to connect.
        WaitConnected = "wait for a peer",
        /// Starting a proxy.
        StartProxy = "start the proxy",
        /// Forwarding messages in a proxy, or controlling one.
        Proxy = "run the proxy",
        /// Starting an authenticator.
        StartAuthenticator = "start the authenticator",
        /// Reading a range of addresses from text.
        ReadAddressRange = "read the address range",
        /// Reading a certificate from a file.
        LoadCertificate = "load the certificate",
        /// Writing a certificate to a file.
        SaveCertificate = "save the certificate",
        /// Setting a property of a certificate.
        SetMetadata = "set the certificate's property",
        /// Reading a directory of certificates.
        ReadCertificates = "read the certificates in",
        /// Opening or configuring a socket from a configuration.
        ApplyConfig = "apply the configuration",
    }
}
