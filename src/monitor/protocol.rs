//! Protocol violations of peers and authenticators.

use std::fmt;

use crate::sys;

/// A protocol violation in a handshake, which
/// [`HandshakeFailedProtocol`](crate::MonitorEventKind::HandshakeFailedProtocol) reports.
///
/// Every number is a valid value of this type. The constants name the numbers that libzmq documents.
///
/// # Examples
/// ```
/// use zmq::monitor::ProtocolError;
///
/// let error = ProtocolError::ZMTP_MECHANISM_MISMATCH;
/// assert_eq!(error.to_string(), "the peers use different security mechanisms (ZMTP_MECHANISM_MISMATCH)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProtocolError(u32);

impl ProtocolError {
    /// Creates a protocol error from any number.
    ///
    /// # Examples
    /// ```
    /// use zmq::monitor::ProtocolError;
    ///
    /// let error = ProtocolError::from_raw(ProtocolError::ZMTP_KEY_EXCHANGE.to_raw());
    /// assert_eq!(error.name(), Some("ZMTP_KEY_EXCHANGE"));
    /// ```
    #[must_use]
    pub const fn from_raw(number: u32) -> Self {
        Self(number)
    }

    /// Returns libzmq's number.
    ///
    /// # Examples
    /// ```
    /// assert_ne!(zmq::monitor::ProtocolError::ZMTP_KEY_EXCHANGE.to_raw(), 0);
    /// ```
    #[must_use]
    pub const fn to_raw(self) -> u32 {
        self.0
    }
}

/// Declares the ways in which a peer or an authenticator breaks the protocol.
macro_rules! protocol_errors {
    ($name:ident { $($code:ident = $number:ident, $text:literal;)* }) => {
        impl $name {
            $(
                #[doc = concat!("`", stringify!($number), "`: ", $text, ".")]
                pub const $code: Self = Self(sys::$number as u32);
            )*

            /// Returns the text for it, or `None` for a number that the crate does not know.
            fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$code => Some($text),)*
                    _ => None,
                }
            }

            /// Returns the C name without its prefix, or `None` for a number that the crate does not know.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::monitor::ProtocolError::ZMTP_KEY_EXCHANGE.name(), Some("ZMTP_KEY_EXCHANGE"));
            /// ```
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$code => Some(stringify!($code)),)*
                    _ => None,
                }
            }
        }
    };
}

protocol_errors! {
    ProtocolError {
        ZMTP_UNSPECIFIED = ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED, "the peer violated ZMTP in an unspecified way";
        ZMTP_UNEXPECTED_COMMAND = ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND, "the peer sent an unexpected command";
        ZMTP_INVALID_SEQUENCE = ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE,
            "an encrypted command was replayed or out of order";
        ZMTP_KEY_EXCHANGE = ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE, "the key exchange failed";
        ZMTP_MALFORMED_COMMAND_UNSPECIFIED = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED,
            "a command is malformed";
        ZMTP_MALFORMED_COMMAND_MESSAGE = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE,
            "a MESSAGE command is malformed";
        ZMTP_MALFORMED_COMMAND_HELLO = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO,
            "the HELLO command is malformed";
        ZMTP_MALFORMED_COMMAND_INITIATE = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE,
            "the INITIATE command is malformed";
        ZMTP_MALFORMED_COMMAND_ERROR = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR,
            "the ERROR command is malformed";
        ZMTP_MALFORMED_COMMAND_READY = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY,
            "the READY command is malformed";
        ZMTP_MALFORMED_COMMAND_WELCOME = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME,
            "the WELCOME command is malformed";
        ZMTP_INVALID_METADATA = ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_METADATA,
            "the peer's metadata is invalid, or its socket type is incompatible";
        ZMTP_CRYPTOGRAPHIC = ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC,
            "decryption failed: the keys do not match";
        ZMTP_MECHANISM_MISMATCH = ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH,
            "the peers use different security mechanisms";
        ZAP_UNSPECIFIED = ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED, "the authenticator violated ZAP in an unspecified way";
        ZAP_MALFORMED_REPLY = ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY, "the authenticator's reply is malformed";
        ZAP_BAD_REQUEST_ID = ZMQ_PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID,
            "the authenticator replied to a different request";
        ZAP_BAD_VERSION = ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION,
            "the authenticator replied in a different version of the protocol";
        ZAP_INVALID_STATUS_CODE = ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE,
            "the authenticator replied with an unknown status";
        ZAP_INVALID_METADATA = ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA, "the authenticator's metadata is invalid";
        WS_UNSPECIFIED = ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED, "the peer violated the WebSocket protocol";
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.text(), self.name()) {
            (Some(text), Some(name)) => write!(f, "{text} ({name})"),
            _ => write!(f, "protocol error {:#x}", self.0),
        }
    }
}

impl fmt::Debug for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "ProtocolError({:#x})", self.0),
        }
    }
}

impl std::error::Error for ProtocolError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_number_survives_and_prints() {
        let error = ProtocolError::from_raw(0x1234_5678);
        assert_eq!(error.to_raw(), 0x1234_5678);
        assert_eq!(error.name(), None);
        assert_eq!(error.to_string(), "protocol error 0x12345678");
        assert_eq!(format!("{error:?}"), "ProtocolError(0x12345678)");
    }
}
