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
            self.expect_ability(Ability::$ability, Operation::SetOption, name)?;
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

pub(crate) use {capabilities, errnos, options, protocol_errors, words};
