//! The grammar of the table of kinds.

/// Declares an enum of flags, and the set of them that a kind of socket has.
macro_rules! flags {
    ($(#[$doc:meta])* $flag:ident in $(#[$set_doc:meta])* $set:ident { $($(#[$flag_doc:meta])* $name:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $flag {
            $($(#[$flag_doc])* $name,)*
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $set(u64);

        impl $set {
            const fn of(flags: &[$flag]) -> Self {
                let mut bits = 0;
                let mut index = 0;
                while index < flags.len() {
                    bits |= 1 << flags[index] as u32;
                    index += 1;
                }
                Self(bits)
            }

            /// Returns `true` if the flag is in the set.
            #[inline]
            pub(crate) const fn contains(self, flag: $flag) -> bool {
                self.0 & 1 << flag as u32 != 0
            }
        }
    };
}

/// Declares the abilities of socket kinds: for each a sealed trait, and a flag of the same name.
///
/// `lacking` is the compiler's error for kinds without the ability, and may be followed by a `label` and a `note`. With
/// `Ability: Other;`, a kind with the ability must also have the other. [`Any`](super::Any) has all abilities except
/// those marked `not Any`.
macro_rules! abilities {
    (
        $(#[$module_doc:meta])*
        pub mod $module:ident {
            $(
                $(#[doc = $doc:literal])*
                #[lacking = $error:literal $(, $key:ident = $text:literal)*]
                $ability:ident $(: $other:ident)? $(, $not:ident Any)?;
            )*
        }
    ) => {
        $(#[$module_doc])*
        pub mod $module {
            use super::Kind;
            pub use super::open::Open;

            $(
                $(#[doc = $doc])*
                #[diagnostic::on_unimplemented(message = $error $(, $key = $text)*)]
                pub trait $ability: Kind $(+ $other)? {}
            )*
        }

        $(abilities!(@any $module $ability $($not)?);)*

        flags! {
            /// An ability as a value, with the name of its trait.
            Ability in
            /// The abilities of a kind.
            Abilities {
                /// The ability of every kind.
                Kind,
                $($(#[doc = $doc])* $ability,)*
            }
        }

        impl Abilities {
            /// The abilities of [`Any`].
            pub(crate) const OF_ANY: Self = Self(1 << Ability::Kind as u32 $(| abilities!(@bit $ability $($not)?))*);
        }
    };
    (@any $module:ident $ability:ident) => { impl $module::$ability for Any {} };
    (@any $module:ident $ability:ident not) => {};
    (@bit $ability:ident) => { 1 << Ability::$ability as u32 };
    (@bit $ability:ident not) => { 0 };
}

/// Declares the facts about socket types.
macro_rules! facts {
    ($($(#[$doc:meta])* $fact:ident;)*) => {
        flags! {
            /// A property of some socket types that other files must know.
            Fact in
            /// The facts that hold for a type.
            Facts { $($(#[$doc])* $fact,)* }
        }
    };
}

/// Declares the socket kinds: for each `Kind = ZMQ_KIND: Abilities [Facts];` a variant of
/// [`SocketType`](super::SocketType), and a unit struct with the abilities.
///
/// `#[page("file.md", "ALIAS", ...)]` adds the file to the documentation of the kind, and names for rustdoc's search.
///
/// The kinds of `draft` need the feature of that name. Without the feature they have only the variant.
macro_rules! kinds {
    (
        stable { $(
            $(#[doc = $doc:literal])*
            $(#[page($page:literal, $($alias:literal),*)])?
            $kind:ident = $number:ident: $($ability:ident)* $([$($fact:ident)*])?;
        )* }
        draft { $(
            $(#[doc = $draft_doc:literal])*
            $(#[page($draft_page:literal, $($draft_alias:literal),*)])?
            $draft:ident = $draft_number:ident:
                $($draft_ability:ident)* $([$($draft_fact:ident)*])?;
        )* }
    ) => {
        $(kinds!(@kind
            {
                $(#[doc = $doc])*
                $(#[doc = concat!("\n\n", include_str!($page))] #[doc(alias($($alias),*))])?
                #[doc = kinds!(@abilities $($ability)*)]
                #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
            }
            {} $kind: $($ability)*
        );)*
        $(kinds!(@kind
            {
                $(#[doc = $draft_doc])*
                $(#[doc = concat!("\n\n", include_str!($draft_page))] #[doc(alias($($draft_alias),*))])?
                #[doc = kinds!(@abilities $($draft_ability)*)]
                #[doc = concat!("\n\nA draft: maps to `", stringify!($draft_number), "`.")]
            }
            { #[cfg(feature = "draft")] } $draft: $($draft_ability)*
        );)*

        /// The type of a socket as a value, for code that learns the type at run time.
        ///
        /// Prints as ZeroMQ's name (`"ROUTER"`), and parses from it, ignoring case.
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
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($number), "`.")]
                $(#[doc(alias($($alias),*))])?
                $kind,
            )*
            $(
                $(#[doc = $draft_doc])*
                #[doc = concat!("\n\nA draft: maps to `", stringify!($draft_number), "`.")]
                $(#[doc(alias($($draft_alias),*))])?
                $draft,
            )*
        }

        impl SocketType {
            /// Every type, in the order of libzmq's numbers.
            pub const ALL: &[Self] = &[$(Self::$kind,)* $(Self::$draft,)*];

            /// Returns libzmq's number.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::SocketType::Router.to_raw(), zmq::sys::ZMQ_ROUTER);
            /// ```
            #[must_use]
            pub fn to_raw(self) -> c_int {
                match self {
                    $(Self::$kind => sys::$number,)*
                    $(Self::$draft => sys::$draft_number,)*
                }
            }

            /// Returns ZeroMQ's name of the type, which is the C name without its prefix.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::SocketType::XPub.as_str(), "XPUB");
            /// ```
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => without_prefix(stringify!($number)),)*
                    $(Self::$draft => without_prefix(stringify!($draft_number)),)*
                }
            }

            /// Returns `true` if the type belongs to libzmq's draft API.
            ///
            /// # Examples
            /// ```
            /// assert!(zmq::SocketType::Client.is_draft());
            /// assert!(!zmq::SocketType::Req.is_draft());
            /// ```
            #[must_use]
            pub fn is_draft(self) -> bool {
                match self {
                    $(Self::$kind => false,)*
                    $(Self::$draft => true,)*
                }
            }

            /// Returns the reason why the crate cannot open sockets of this type, or `None` if it can.
            pub(crate) const fn refusal(self) -> Option<&'static str> {
                match self {
                    $(Self::$kind => None,)*
                    $(Self::$draft => kinds!(@refusal),)*
                }
            }

            /// Returns the abilities of sockets of this type.
            #[inline]
            pub(crate) const fn abilities(self) -> Abilities {
                match self {
                    $(Self::$kind => const { Abilities::of(&[Ability::Kind, $(Ability::$ability),*]) },)*
                    $(Self::$draft => const { Abilities::of(&[Ability::Kind, $(Ability::$draft_ability),*]) },)*
                }
            }

            /// Returns the facts that hold for sockets of this type.
            #[inline]
            pub(crate) const fn facts(self) -> Facts {
                match self {
                    $(Self::$kind => const { Facts::of(&[$($(Fact::$fact),*)?]) },)*
                    $(Self::$draft => const { Facts::of(&[$($(Fact::$draft_fact),*)?]) },)*
                }
            }
        }
    };
    (@abilities $($ability:ident)*) => {
        concat!("\n\n# Abilities\n"
            $(, "[`", stringify!($ability), "`](abilities::", stringify!($ability), ") ")*,
            "\n\nThe [table of abilities](abilities) lists the methods that each provides.")
    };
    (@refusal) => {
        if cfg!(feature = "draft") {
            None
        } else {
            Some("it belongs to libzmq's draft API: enable the feature \"draft\"")
        }
    };
    (@kind { $(#[$doc:meta])* } { $(#[$cfg:meta])* } $kind:ident: $($ability:ident)*) => {
        $(#[$cfg])*
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $kind;

        $(#[$cfg])*
        const _: () = {
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
            $(impl abilities::$ability for $kind {})*
        };
    };
}

pub(super) use {abilities, facts, flags, kinds};
