//! The macro that declares the events: one line declares a flag, a kind and a variant.

/// Declares the events, grouped by their data: a value, only the endpoint, or nothing.
///
/// The heading of a group with a value declares the method and the field of that name: its documentation and its type.
/// Each line `Kind, FLAG = ZMQ_EVENT_KIND;` is a variant of [`MonitorEvent`](crate::MonitorEvent) and of
/// [`MonitorEventKind`](crate::MonitorEventKind), and a flag of [`MonitorEvents`](crate::MonitorEvents).
macro_rules! monitor_events {
    (
        $(#[doc = $about:literal])*
        pub enum MonitorEvent;
        $($(#[doc = $meaning:literal])* $field:ident: $value:ty {
            $($(#[doc = $doc:literal])* $kind:ident, $flag:ident = $number:ident;)*
        })*
        (endpoint) { $($(#[doc = $bare_doc:literal])* $bare:ident, $bare_flag:ident = $bare_number:ident;)* }
        () { $($(#[doc = $last_doc:literal])* $last:ident, $last_flag:ident = $last_number:ident;)* }
    ) => {
        monitor_events! { @kinds
            $($($(#[doc = $doc])* $kind, $flag = $number;)*)*
            $($(#[doc = $bare_doc])* $bare, $bare_flag = $bare_number;)*
            $($(#[doc = $last_doc])* $last, $last_flag = $last_number;)*
        }

        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MonitorEvent {
            $($(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
                #[non_exhaustive]
                $kind {
                    /// See [`endpoint`](Self::endpoint).
                    endpoint: String,
                    #[doc = concat!("See [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                    $field: $value,
                },
            )*)*
            $(
                $(#[doc = $bare_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($bare_number), "`.")]
                #[non_exhaustive]
                $bare {
                    /// See [`endpoint`](Self::endpoint).
                    endpoint: String,
                },
            )*
            $(
                $(#[doc = $last_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($last_number), "`.")]
                $last,
            )*
            /// An event that the crate does not know.
            #[non_exhaustive]
            Other {
                /// See [`endpoint`](Self::endpoint).
                endpoint: String,
                /// libzmq's number of the kind.
                number: u16,
                /// The value, of unknown meaning.
                value: u32,
            },
        }

        impl MonitorEvent {
            /// Creates an event from libzmq's number, value and endpoint, for tests of code that handles events.
            ///
            /// # Examples
            /// ```
            /// use zmq::{MonitorEvent, MonitorEventKind};
            ///
            /// let number = MonitorEventKind::HandshakeFailedAuth.to_raw();
            /// let event = MonitorEvent::from_raw(number, 400, "tcp://127.0.0.1:5555");
            /// assert!(matches!(event, MonitorEvent::HandshakeFailedAuth { zap_status: 400, .. }));
            /// ```
            #[must_use]
            pub fn from_raw(number: u16, value: u32, endpoint: impl Into<String>) -> Self {
                let endpoint = endpoint.into();
                match c_int::from(number) {
                    $($(sys::$number => Self::$kind { endpoint, $field: FromValue::from_value(value) },)*)*
                    $(sys::$bare_number => Self::$bare { endpoint },)*
                    $(sys::$last_number => Self::$last,)*
                    _ => Self::Other { endpoint, number, value },
                }
            }

            /// Returns the kind of the event.
            ///
            /// # Examples
            /// ```
            /// use zmq::{MonitorEvent, MonitorEventKind};
            ///
            /// let event = MonitorEvent::from_raw(MonitorEventKind::Accepted.to_raw(), 9, "tcp://127.0.0.1:5555");
            /// assert_eq!(event.kind(), MonitorEventKind::Accepted);
            /// ```
            #[must_use]
            pub fn kind(&self) -> MonitorEventKind {
                match self {
                    $($(Self::$kind { .. } => MonitorEventKind::$kind,)*)*
                    $(Self::$bare { .. } => MonitorEventKind::$bare,)*
                    $(Self::$last => MonitorEventKind::$last,)*
                    Self::Other { number, .. } => MonitorEventKind::Other(*number),
                }
            }

            /// Returns the endpoint that the socket is bound or connected to, as libzmq writes it. Empty for
            /// [`MonitorStopped`](Self::MonitorStopped).
            ///
            /// # Examples
            /// ```
            /// use zmq::{MonitorEvent, MonitorEventKind};
            ///
            /// let event = MonitorEvent::from_raw(MonitorEventKind::Accepted.to_raw(), 9, "tcp://127.0.0.1:5555");
            /// assert_eq!(event.endpoint(), "tcp://127.0.0.1:5555");
            /// ```
            #[must_use]
            pub fn endpoint(&self) -> &str {
                match self {
                    $($(Self::$kind { endpoint, .. })|* => endpoint,)*
                    $(Self::$bare { endpoint } => endpoint,)*
                    $(Self::$last => "",)*
                    Self::Other { endpoint, .. } => endpoint,
                }
            }

            $(
                $(#[doc = $meaning])*
                ///
                /// `None` for events of other kinds.
                #[must_use]
                pub fn $field(&self) -> Option<$value> {
                    match self {
                        $(Self::$kind { $field, .. })|* => Some(*$field),
                        _ => None,
                    }
                }
            )*

            /// Returns the value as libzmq sent it, or 0 for an event without a value.
            ///
            /// # Examples
            /// ```
            /// use zmq::{MonitorEvent, MonitorEventKind};
            ///
            /// let event = MonitorEvent::from_raw(MonitorEventKind::Accepted.to_raw(), 9, "tcp://127.0.0.1:5555");
            /// assert_eq!((event.raw_value(), event.fd()), (9, Some(9)));
            /// ```
            #[must_use]
            pub fn raw_value(&self) -> u32 {
                match self {
                    $($(Self::$kind { $field, .. })|* => $field.to_value(),)*
                    $(Self::$bare { .. } => 0,)*
                    $(Self::$last => 0,)*
                    Self::Other { value, .. } => *value,
                }
            }
        }
    };
    (@kinds $($(#[doc = $doc:literal])* $kind:ident, $flag:ident = $number:ident;)*) => {
        bitflags::bitflags! {
            /// A set of kinds of events, for creating a monitor.
            ///
            /// # Examples
            /// ```
            /// use zmq::{MonitorEventKind, MonitorEvents};
            ///
            /// let events = MonitorEvents::CONNECTED | MonitorEvents::DISCONNECTED;
            /// assert!(events.contains(MonitorEventKind::Connected.into()));
            /// assert!(MonitorEvents::all().contains(events));
            /// ```
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct MonitorEvents: u32 {
                $(
                    $(#[doc = $doc])*
                    #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
                    const $flag = sys::$number as u32;
                )*
            }
        }

        /// The kind of a [`MonitorEvent`], without its data.
        ///
        /// Prints as its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MonitorEventKind {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
                $kind,
            )*
            /// An event that the crate does not know, by libzmq's number.
            Other(u16),
        }

        impl MonitorEventKind {
            /// Returns the kind with libzmq's number.
            ///
            /// # Examples
            /// ```
            /// use zmq::MonitorEventKind;
            ///
            /// assert_eq!(MonitorEventKind::from_raw(MonitorEventKind::Closed.to_raw()), MonitorEventKind::Closed);
            /// ```
            #[must_use]
            pub fn from_raw(number: u16) -> Self {
                match c_int::from(number) {
                    $(sys::$number => Self::$kind,)*
                    _ => Self::Other(number),
                }
            }

            /// Returns libzmq's number.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::MonitorEventKind::Listening.to_raw(), zmq::sys::ZMQ_EVENT_LISTENING as u16);
            /// ```
            #[must_use]
            pub fn to_raw(self) -> u16 {
                match self {
                    $(Self::$kind => sys::$number as u16,)*
                    Self::Other(number) => number,
                }
            }
        }
    };
}

pub(super) use monitor_events;
