//! The table macros: every list that grows is declared through one of these, one line an entry.
//!
//! They take plain Rust types and names, so that each entry can be found by its C name in one search and rustdoc shows
//! what a user writes.

/// Declares [`Errno`](crate::Errno)'s constants and [`ErrorKind`](crate::ErrorKind)'s variants.
///
/// `Kind = ERRNO, "text";` makes a kind with its errno; the lines of `also` give further errnos to a kind that exists;
/// those of `ours` are kinds that libzmq has no number for.
macro_rules! errnos {
    (
        kinds { $($(#[$doc:meta])* $kind:ident = $errno:ident, $text:literal;)* }
        also { $($also:ident => $also_kind:ident, $also_text:literal;)* }
        ours { $($(#[$our_doc:meta])* $our_kind:ident;)* }
    ) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($errno), "`: ", $text, ".")]
                pub const $errno: Self = Self(sys::$errno);
            )*
            $(
                #[doc = concat!("`", stringify!($also), "`: ", $also_text, ".")]
                pub const $also: Self = Self(sys::$also);
            )*

            /// Returns the C name, or `None` for a number that the crate does not know.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$errno => Some(stringify!($errno)),)*
                    $(Self::$also => Some(stringify!($also)),)*
                    _ => None,
                }
            }

            /// Returns the kind of error that this number stands for.
            #[must_use]
            pub fn kind(self) -> ErrorKind {
                match self {
                    $(Self::$errno => ErrorKind::$kind,)*
                    $(Self::$also => ErrorKind::$also_kind,)*
                    _ => ErrorKind::Other,
                }
            }

            fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$errno => Some($text),)*
                    $(Self::$also => Some($also_text),)*
                    _ => None,
                }
            }
        }

        /// What went wrong, in words.
        ///
        /// Several errnos may share a kind: [`Error::errno`](crate::Error::errno) has the number itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($errno), "`.")]
                $kind,
            )*
            $($(#[$our_doc])* $our_kind,)*
            /// Anything that the crate has no word for: [`Error::errno`](crate::Error::errno) has the number.
            Other,
        }
    };
}

/// Declares a fieldless enum with a text for each variant, which is what `Display` prints.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Returns the word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Declares the capabilities that `zmq_has` tells of.
macro_rules! capabilities {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("\n\nMaps to `", stringify!($text), "`.")] $variant,)*
        }

        impl $name {
            /// Every capability that the crate knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            fn as_c_str(self) -> &'static std::ffi::CStr {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        /// Prints libzmq's word for it.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.as_c_str().to_string_lossy())
            }
        }
    };
}

/// Declares the abilities of socket kinds, sealed traits that [`Any`](crate::Any) has all of. `lacking` is the
/// compiler's error where a kind lacks the ability.
macro_rules! abilities {
    ($($(#[doc = $doc:literal])* #[lacking = $error:literal] $ability:ident;)*) => {
        $(
            $(#[doc = $doc])*
            #[diagnostic::on_unimplemented(message = $error)]
            pub trait $ability: Kind {}
            impl $ability for Any {}
        )*
    };
}

/// Declares the socket kinds: for each `Kind = ZMQ_KIND: Abilities;` a unit struct with its abilities and a variant of
/// [`SocketType`](crate::SocketType); the lines of `draft` have the variant alone.
macro_rules! kinds {
    (
        stable { $($(#[$doc:meta])* $kind:ident = $number:ident: $($ability:ident)*;)* }
        draft { $($(#[$draft_doc:meta])* $draft:ident = $draft_number:ident;)* }
    ) => {
        $(
            $(#[$doc])*
            #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $kind;

            impl sealed::Sealed for $kind {}
            impl Kind for $kind {
                const TYPE: Option<SocketType> = Some(SocketType::$kind);
            }
            impl Open for $kind {
                type Kind = Self;
                fn socket_type(&self) -> SocketType {
                    SocketType::$kind
                }
            }
            impl From<$kind> for SocketType {
                fn from(_: $kind) -> Self {
                    Self::$kind
                }
            }
            $(impl $ability for $kind {})*
        )*

        /// The type of a socket as a value, for code that learns it at run time.
        ///
        /// It parses from ZeroMQ's word (`"ROUTER"`, in any case) and prints as it.
        ///
        /// # Examples
        /// ```
        /// let socket_type: zmq::SocketType = "ROUTER".parse()?;
        /// assert_eq!(socket_type, zmq::SocketType::Router);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SocketType {
            $($(#[$doc])* #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")] $kind,)*
            $($(#[$draft_doc])* #[doc = concat!("\n\nA draft: maps to `", stringify!($draft_number), "`.")] $draft,)*
        }

        impl SocketType {
            /// Every type, in the order of libzmq's numbers.
            pub const ALL: &[Self] = &[$(Self::$kind,)* $(Self::$draft,)*];

            /// Returns libzmq's number.
            #[must_use]
            pub fn to_raw(self) -> c_int {
                match self {
                    $(Self::$kind => sys::$number,)*
                    $(Self::$draft => sys::$draft_number,)*
                }
            }

            /// Returns ZeroMQ's word for it: the C name without its prefix.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => without_prefix(stringify!($number)),)*
                    $(Self::$draft => without_prefix(stringify!($draft_number)),)*
                }
            }

            /// Whether the type belongs to libzmq's draft API.
            #[must_use]
            pub fn is_draft(self) -> bool {
                match self {
                    $(Self::$kind => false,)*
                    $(Self::$draft => true,)*
                }
            }

            /// Whether sockets of this type have an ability, by its name.
            pub(crate) fn has_ability(self, ability: &str) -> bool {
                let abilities: &[&str] = match self {
                    $(Self::$kind => &[$(stringify!($ability)),*],)*
                    $(Self::$draft => &[],)*
                };
                ability == stringify!(Kind) || abilities.contains(&ability)
            }
        }
    };
}

/// Declares options: `name -> Type, set_name(Type) = ZMQ_NAME;`, either half alone for what can only be read or set.
///
/// The documentation stands on the setter, and on the getter where there is no setter. Instead of a type the setter may
/// have `bytes`, for anything that is bytes; `secret Type` is for a value that no error may show. Durations that may be
/// `None` are taken with and without `Some`; `zero Option<Duration>` is for those of which libzmq has 0 for `None`.
///
/// It also declares the macro `option_table`, through which the configuration of sockets reads the same table.
macro_rules! options {
    ($(impl<$param:ident: $ability:ident> Socket<$same:ident> { $($entries:tt)* })*) => {
        $(impl<$param: Kind> Socket<$same> { options!(@block $param $ability $($entries)*); })*
        options!(@table ($) $($ability { $($entries)* })*);
    };
    (@table ($dollar:tt) $($table:tt)*) => {
        /// Hands the table, as `Ability { entries }`, to another macro.
        #[cfg(feature = "serde")]
        macro_rules! option_table {
            ($dollar reader:ident) => { $dollar reader! { $($table)* } };
        }
        #[cfg(feature = "serde")]
        pub(crate) use option_table;
    };
    (@block $param:ident Kind $($entries:tt)*) => { options!(@entries Kind {} $($entries)*); };
    (@block $param:ident $ability:ident $($entries:tt)*) => {
        options!(@entries $ability { where $param: $ability } $($entries)*);
    };
    (@entries $ability:ident $bound:tt) => {};
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $get:ident -> $type:ty, $set:ident(zero $arg:ty) = $option:ident; $($rest:tt)*) => {
        options!(@getter
            { #[doc = concat!("Returns what [`", stringify!($set), "`](Self::", stringify!($set), ") sets.")] }
            $bound, $get, $type, $option, get_unless_zero
        );
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: impl Into<$arg>), (value.into().unwrap_or_default()), $option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $get:ident -> $type:ty, $set:ident($($arg:tt)+) = $option:ident; $($rest:tt)*) => {
        options!(@getter
            { #[doc = concat!("Returns what [`", stringify!($set), "`](Self::", stringify!($set), ") sets.")] }
            $bound, $get, $type, $option, get_option
        );
        options!(@entries $ability $bound $(#[$doc])* $set($($arg)+) = $option; $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $get:ident -> $type:ty = $option:ident; $($rest:tt)*) => {
        options!(@getter { $(#[$doc])* } $bound, $get, $type, $option, get_option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident(bytes) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: impl AsRef<[u8]>), (value.as_ref()), $option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident(Option<Duration>) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: impl Into<Option<Duration>>), (value.into()), $option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident(secret $arg:ty) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: $arg), (crate::raw::Secret(value)), $option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident($arg:ty) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: $arg), (value), $option);
        options!(@entries $ability $bound $($rest)*);
    };
    (@getter { $(#[$doc:meta])* } { $($bound:tt)* }, $get:ident, $type:ty, $option:ident, $read:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down, and
        /// [`NotSupported`](crate::ErrorKind::NotSupported) where this libzmq lacks the option.
        #[doc = concat!("\n\nMaps to `", stringify!($option), "`.")]
        pub fn $get(&self) -> Result<$type> $($bound)* {
            self.$read(sys::$option, stringify!($get))
        }
    };
    (@setter $ability:ident { $($bound:tt)* } { $(#[$doc:meta])* } $set:ident, ($value:ident: $arg:ty), ($encoded:expr), $option:ident) => {
        $(#[$doc])*
        ///
        /// Returns the socket, so that setters chain.
        ///
        /// # Errors
        /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that libzmq does not take,
        /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down, and
        /// [`NotSupported`](crate::ErrorKind::NotSupported) where this libzmq, or an untyped socket's type, lacks the
        /// option.
        #[doc = concat!("\n\nMaps to `", stringify!($option), "`.")]
        pub fn $set(&self, $value: $arg) -> Result<&Self> $($bound)* {
            let name = stringify!($set).trim_start_matches("set_");
            self.expect_ability(stringify!($ability), Operation::SetOption, name)?;
            self.set_option(sys::$option, name, $encoded)
        }
    };
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

pub(crate) use {abilities, capabilities, errnos, kinds, options, protocol_errors, words};
