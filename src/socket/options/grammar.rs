//! The grammar of the table of options.

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

pub(super) use options;
