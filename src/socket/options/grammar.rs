//! The grammar of the table of options.

/// Declares options: `name -> Type, set_name(Type) = ZMQ_NAME;`, or only one half for options that can only be read or
/// set.
///
/// The documentation is written on the setter, or on the getter if there is no setter. Instead of a type, the setter
/// may have `bytes`, for any type that holds bytes; `secret Type` is for a value that errors must not show. Durations
/// that may be `None` are accepted with and without `Some`; `zero Option<Duration>` is for options that libzmq sets to
/// 0 for `None`. `Type, 0 to 6 by 2` refuses other numbers before libzmq sees them; the step of 2 may be left out.
///
/// The macro also declares the named `table`, a macro by which the configuration of sockets reads the same table.
macro_rules! options {
    (table $name:ident; $($(#[$heading:meta])* impl<$param:ident: $ability:ident> Socket<$same:ident> { $($entries:tt)* })*) => {
        $($(#[$heading])* impl<$param: Kind> Socket<$same> { options!(@block $param $ability $($entries)*); })*
        options!(@table ($) $name $($ability { $($entries)* })*);
    };
    (@table ($dollar:tt) $name:ident $($table:tt)*) => {
        /// Passes the table, as `Ability { entries }`, to another macro.
        #[cfg(feature = "serde")]
        macro_rules! $name {
            ($dollar reader:ident) => { $dollar reader! { $($table)* } };
        }
        #[cfg(feature = "serde")]
        pub(crate) use $name;
    };
    (@block $param:ident Kind $($entries:tt)*) => { options!(@entries Kind {} $($entries)*); };
    (@block $param:ident $ability:ident $($entries:tt)*) => {
        options!(@entries $ability { where $param: $ability } $($entries)*);
    };
    (@entries $ability:ident $bound:tt) => {};
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $get:ident -> $type:ty, $set:ident(zero $arg:ty) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: impl Into<$arg>), (value.into().unwrap_or_default()), $option);
        options!(@getter
            { #[doc = concat!("Returns the value set by [`", stringify!($set), "`](Self::", stringify!($set), ").")] }
            $bound, $get, $type, $option, get_unless_zero
        );
        options!(@entries $ability $bound $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $get:ident -> $type:ty, $set:ident($($arg:tt)+) = $option:ident; $($rest:tt)*) => {
        options!(@entries $ability $bound $(#[$doc])* $set($($arg)+) = $option;);
        options!(@getter
            { #[doc = concat!("Returns the value set by [`", stringify!($set), "`](Self::", stringify!($set), ").")] }
            $bound, $get, $type, $option, get_option
        );
        options!(@entries $ability $bound $($rest)*);
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
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident($arg:ty, $least:literal to $most:literal) = $option:ident; $($rest:tt)*) => {
        options!(@entries $ability $bound $(#[$doc])* $set($arg, $least to $most by 1) = $option; $($rest)*);
    };
    (@entries $ability:ident $bound:tt $(#[$doc:meta])* $set:ident($arg:ty, $least:literal to $most:literal by $step:literal) = $option:ident; $($rest:tt)*) => {
        options!(@setter $ability $bound { $(#[$doc])* } $set, (value: $arg),
            (crate::raw::Within { value, least: $least, most: $most, step: $step }), $option);
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
        /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
        /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the option.
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
        /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): libzmq rejects the value.
        /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
        /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq, or the type of an untyped socket, lacks the
        ///   option.
        #[doc = concat!("\n\nMaps to `", stringify!($option), "`.")]
        pub fn $set(&self, $value: $arg) -> Result<&Self> $($bound)* {
            let name = stringify!($set).trim_start_matches("set_");
            self.expect_ability(Ability::$ability, Operation::SetOption, name)?;
            self.set_option(sys::$option, name, $encoded)
        }
    };
}

pub(in crate::socket) use options;
