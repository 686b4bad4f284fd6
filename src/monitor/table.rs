//! The macro that declares the events: one line declares a flag, a kind and a variant.

/// Declares the events, grouped by their data: a value, only the endpoint, or nothing.
///
/// The heading of a group with a value declares the method and the field of that name: its documentation and its type.
/// Each line `Kind, FLAG = ZMQ_EVENT_KIND;` is a variant of [`MonitorEvent`](crate::MonitorEvent) and of
/// [`MonitorEventKind`](crate::MonitorEventKind), and a flag of [`MonitorEvents`](crate::MonitorEvents).
///
/// The events of the group `draft` arrive only on request, so they have no flags.
macro_rules! monitor_events {
    (
        $(#[doc = $about:literal])*
        pub enum MonitorEvent;
        $($(#[doc = $meaning:literal])* $field:ident: $value:ty {
            $($(#[doc = $doc:literal])* $kind:ident, $flag:ident = $number:ident;)*
        })*
        (endpoint) { $($(#[doc = $bare_doc:literal])* $bare:ident, $bare_flag:ident = $bare_number:ident;)* }
        () { $($(#[doc = $last_doc:literal])* $last:ident, $last_flag:ident = $last_number:ident;)* }
        $(#[doc = $requested_meaning:literal])*
        draft $requested_field:ident: $requested_value:ty {
            $($(#[doc = $requested_doc:literal])* $requested:ident = $requested_number:ident;)*
        }
    ) => {
        monitor_events! { @kinds
            $($($(#[doc = $doc])* $kind, $flag = $number;)*)*
            $($(#[doc = $bare_doc])* $bare, $bare_flag = $bare_number;)*
            $($(#[doc = $last_doc])* $last, $last_flag = $last_number;)*
            (draft) { $($(#[doc = $requested_doc])* $requested = $requested_number;)* }
        }

        $(#[doc = $about])*
        #[derive(Clone, PartialEq, Eq, Hash)]
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
                    /// See [`local_address`](Self::local_address) and [`remote_address`](Self::remote_address).
                    #[cfg(feature = "draft")]
                    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
                    addresses: Option<Box<Addresses>>,
                },
            )*)*
            $(
                $(#[doc = $bare_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($bare_number), "`.")]
                #[non_exhaustive]
                $bare {
                    /// See [`endpoint`](Self::endpoint).
                    endpoint: String,
                    /// See [`local_address`](Self::local_address) and [`remote_address`](Self::remote_address).
                    #[cfg(feature = "draft")]
                    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
                    addresses: Option<Box<Addresses>>,
                },
            )*
            $(
                $(#[doc = $last_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($last_number), "`.")]
                $last,
            )*
            $(
                $(#[doc = $requested_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($requested_number), "`.")]
                #[cfg(feature = "draft")]
                #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
                #[non_exhaustive]
                $requested {
                    /// See [`endpoint`](Self::endpoint).
                    endpoint: String,
                    #[doc = concat!("See [`", stringify!($requested_field), "`](Self::", stringify!($requested_field), ").")]
                    $requested_field: $requested_value,
                    /// See [`local_address`](Self::local_address) and [`remote_address`](Self::remote_address).
                    addresses: Option<Box<Addresses>>,
                },
            )*
            /// An event that the crate does not know.
            #[non_exhaustive]
            Other {
                /// See [`endpoint`](Self::endpoint).
                endpoint: String,
                /// libzmq's number of the kind.
                number: u32,
                /// The value, of unknown meaning.
                value: u32,
                /// See [`local_address`](Self::local_address) and [`remote_address`](Self::remote_address).
                #[cfg(feature = "draft")]
                #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
                addresses: Option<Box<Addresses>>,
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
            pub fn from_raw(number: u32, value: u32, endpoint: impl Into<String>) -> Self {
                let endpoint = endpoint.into();
                #[cfg(feature = "draft")]
                let addresses = None;
                match number as c_int {
                    $($(sys::$number => Self::$kind {
                        endpoint,
                        $field: FromValue::from_value(value),
                        #[cfg(feature = "draft")]
                        addresses,
                    },)*)*
                    $(sys::$bare_number => Self::$bare { endpoint, #[cfg(feature = "draft")] addresses },)*
                    $(sys::$last_number => Self::$last,)*
                    $(
                        #[cfg(feature = "draft")]
                        sys::$requested_number => {
                            let $requested_field = FromValue::from_value(value);
                            Self::$requested { endpoint, $requested_field, addresses }
                        }
                    )*
                    _ => Self::Other { endpoint, number, value, #[cfg(feature = "draft")] addresses },
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
                    $(#[cfg(feature = "draft")] Self::$requested { .. } => MonitorEventKind::$requested,)*
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
                    $(Self::$bare { endpoint, .. } => endpoint,)*
                    $(Self::$last => "",)*
                    $(#[cfg(feature = "draft")] Self::$requested { endpoint, .. } => endpoint,)*
                    Self::Other { endpoint, .. } => endpoint,
                }
            }

            /// Returns the addresses, if the monitor reports them.
            #[cfg(feature = "draft")]
            pub(super) fn addresses(&self) -> Option<&Addresses> {
                match self {
                    $($(Self::$kind { addresses, .. })|* => addresses.as_deref(),)*
                    $(Self::$bare { addresses, .. } => addresses.as_deref(),)*
                    $(Self::$last => None,)*
                    $(Self::$requested { addresses, .. } => addresses.as_deref(),)*
                    Self::Other { addresses, .. } => addresses.as_deref(),
                }
            }

            /// Returns the place of the addresses, if the event has one.
            #[cfg(feature = "draft")]
            pub(super) fn addresses_mut(&mut self) -> Option<&mut Option<Box<Addresses>>> {
                match self {
                    $($(Self::$kind { addresses, .. })|* => Some(addresses),)*
                    $(Self::$bare { addresses, .. } => Some(addresses),)*
                    $(Self::$last => None,)*
                    $(Self::$requested { addresses, .. } => Some(addresses),)*
                    Self::Other { addresses, .. } => Some(addresses),
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

            $(#[doc = $requested_meaning])*
            ///
            /// `None` for events of other kinds.
            #[cfg(feature = "draft")]
            #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
            #[must_use]
            pub fn $requested_field(&self) -> Option<$requested_value> {
                match self {
                    $(Self::$requested { $requested_field, .. })|* => Some(*$requested_field),
                    _ => None,
                }
            }

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
                    $(#[cfg(feature = "draft")] Self::$requested { $requested_field, .. } => $requested_field.to_value(),)*
                    Self::Other { value, .. } => *value,
                }
            }
        }

        /// Prints like the derived format. The addresses are a part of it only if the monitor reports them.
        impl fmt::Debug for MonitorEvent {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut fields = match self {
                    $(Self::$last => return f.write_str(stringify!($last)),)*
                    $($(Self::$kind { .. } => f.debug_struct(stringify!($kind)),)*)*
                    $(Self::$bare { .. } => f.debug_struct(stringify!($bare)),)*
                    $(#[cfg(feature = "draft")] Self::$requested { .. } => f.debug_struct(stringify!($requested)),)*
                    Self::Other { .. } => f.debug_struct("Other"),
                };
                fields.field("endpoint", &self.endpoint());
                match self {
                    $($(Self::$kind { $field, .. })|* => fields.field(stringify!($field), $field),)*
                    $(
                        #[cfg(feature = "draft")]
                        Self::$requested { $requested_field, .. } => {
                            fields.field(stringify!($requested_field), $requested_field)
                        }
                    )*
                    Self::Other { number, value, .. } => fields.field("number", number).field("value", value),
                    _ => &mut fields,
                };
                #[cfg(feature = "draft")]
                if let Some(addresses) = self.addresses() {
                    fields.field("addresses", addresses);
                }
                fields.finish()
            }
        }
    };
    (
        @kinds
        $($(#[doc = $doc:literal])* $kind:ident, $flag:ident = $number:ident;)*
        (draft) { $($(#[doc = $draft_doc:literal])* $draft:ident = $draft_number:ident;)* }
    ) => {
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
            $(
                $(#[doc = $draft_doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($draft_number), "`.")]
                #[cfg(feature = "draft")]
                #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
                $draft,
            )*
            /// An event that the crate does not know, by libzmq's number.
            Other(u32),
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
            pub fn from_raw(number: u32) -> Self {
                match number as c_int {
                    $(sys::$number => Self::$kind,)*
                    $(#[cfg(feature = "draft")] sys::$draft_number => Self::$draft,)*
                    _ => Self::Other(number),
                }
            }

            /// Returns libzmq's number.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::MonitorEventKind::Listening.to_raw(), zmq::sys::ZMQ_EVENT_LISTENING as u32);
            /// ```
            #[must_use]
            pub fn to_raw(self) -> u32 {
                match self {
                    $(Self::$kind => sys::$number as u32,)*
                    $(#[cfg(feature = "draft")] Self::$draft => sys::$draft_number as u32,)*
                    Self::Other(number) => number,
                }
            }
        }
    };
}

pub(super) use monitor_events;
