//! The loaded libzmq: its version, its capabilities, and its compatibility with this build.

use std::ffi::c_int;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use crate::error::{Errno, Error, ErrorKind, Operation, Result};
use crate::{raw, sys};

/// A version of libzmq.
///
/// # Examples
/// ```
/// let version = zmq::version();
/// assert!(version >= zmq::Version { major: 4, minor: 3, patch: 4 });
/// println!("libzmq {version}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "libzmq's versions have three numbers")]
pub struct Version {
    /// Increases with incompatible changes.
    pub major: u32,
    /// Increases with additions.
    pub minor: u32,
    /// Increases with fixes.
    pub patch: u32,
}

impl Version {
    fn from_raw(numbers: [c_int; 3]) -> Self {
        let [major, minor, patch] = numbers.map(|number| number.try_into().unwrap_or(0));
        Self { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Returns the version of the loaded libzmq.
///
/// # Examples
/// ```
/// let version = zmq::version();
/// assert_eq!(version.major, 4);
/// println!("libzmq {version}");
/// ```
///
/// Maps to `zmq_version`.
#[doc(alias = "zmq_version")]
#[must_use]
pub fn version() -> Version {
    Version::from_raw(raw::version())
}

/// Returns `true` if the loaded libzmq has this capability.
///
/// # Examples
/// ```
/// use zmq::Capability;
///
/// if !zmq::has(Capability::Curve) {
///     println!("this libzmq was built without CURVE");
/// }
/// ```
///
/// Maps to `zmq_has`.
#[doc(alias = "zmq_has")]
#[must_use]
pub fn has(capability: Capability) -> bool {
    raw::has(capability.as_c_str())
}

/// Declares the capabilities that `zmq_has` reports.
macro_rules! capabilities {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("\n\nMaps to `", stringify!($text), "`.")] $variant,)*
        }

        impl $name {
            /// All capabilities that the crate knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            fn as_c_str(self) -> &'static std::ffi::CStr {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        /// Prints libzmq's name for the capability.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.as_c_str().to_string_lossy())
            }
        }
    };
}

capabilities! {
    /// An optional feature of libzmq, chosen when libzmq was built.
    ///
    /// Prints as libzmq's name for the capability, and parses from it, ignoring case. To test for one, call [`has`].
    ///
    /// # Examples
    /// ```
    /// let capability: zmq::Capability = "curve".parse()?;
    /// assert_eq!(capability, zmq::Capability::Curve);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    Capability {
        /// The `ipc` transport.
        Ipc = c"ipc",
        /// The `pgm` and `epgm` transports.
        Pgm = c"pgm",
        /// The `tipc` transport.
        Tipc = c"tipc",
        /// The `norm` transport.
        Norm = c"norm",
        /// CURVE encryption and authentication.
        Curve = c"curve",
        /// GSSAPI authentication.
        Gssapi = c"gssapi",
        /// The `vmci` transport.
        Vmci = c"vmci",
        /// The draft API.
        Draft = c"draft",
        /// The `ws` transport: WebSocket.
        Ws = c"WS",
        /// The `wss` transport: WebSocket over TLS.
        Wss = c"WSS",
    }
}

impl FromStr for Capability {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|known| known.to_string().eq_ignore_ascii_case(word));
        found.ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(Self::to_string).collect();
            let reason = format!("unknown capability; the capabilities are {}", words.join(", "));
            Error::invalid(Operation::ParseCapability, word, reason)
        })
    }
}

/// The properties of a libzmq: of the loaded one, or of that at build time.
#[derive(Clone, Copy)]
struct Library {
    version: Version,
    draft: bool,
    /// The size of the message structure in bytes.
    message: usize,
}

/// Checks once that the loaded libzmq is compatible with the version that the program was built against.
pub(crate) fn check_library(message_size: impl FnOnce() -> usize) -> Result<()> {
    static MISMATCH: OnceLock<Option<String>> = OnceLock::new();
    let mismatch = MISMATCH.get_or_init(|| {
        let built = Library {
            version: Version::from_raw(sys::build::VERSION),
            draft: cfg!(feature = "draft"),
            message: size_of::<sys::zmq_msg_t>(),
        };
        let loaded = Library { version: version(), draft: has(Capability::Draft), message: message_size() };
        mismatch(built, loaded)
    });
    match mismatch {
        None => Ok(()),
        Some(reason) => {
            let error = Error::new(Operation::LoadLibrary, Errno::EINVAL).of_kind(ErrorKind::LibraryMismatch);
            Err(error.because(reason.as_str()))
        }
    }
}

/// Returns the reason why the two are incompatible, with the remedy.
fn mismatch(built: Library, loaded: Library) -> Option<String> {
    let Version { major, minor, .. } = built.version;
    let found = format!("it is libzmq {}, but the program was built against {}", loaded.version, built.version);
    if loaded.version.major != major || loaded.version < (Version { major, minor, patch: 0 }) {
        return Some(format!("{found}; install that version or a newer {major}.x, or rebuild"));
    }
    if loaded.message != built.message {
        let (loaded, built) = (loaded.message, built.message);
        return Some(format!(
            "its messages have {loaded} bytes, but this build expects {built}; rebuild with its zmq.h"
        ));
    }
    if built.draft && !loaded.draft {
        return Some(format!(
            "libzmq {} was built without the draft API, which the feature \"draft\" needs; load one that has it, or build without the feature",
            loaded.version
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const V435: Library = Library { version: Version { major: 4, minor: 3, patch: 5 }, draft: false, message: 64 };

    fn with_version(major: u32, minor: u32, patch: u32) -> Library {
        Library { version: Version { major, minor, patch }, ..V435 }
    }

    #[test]
    fn the_same_library_and_other_patches_fit() {
        assert_eq!(mismatch(V435, V435), None);
        assert_eq!(mismatch(V435, with_version(4, 3, 4)), None);
        assert_eq!(mismatch(V435, with_version(4, 4, 0)), None);
        assert_eq!(mismatch(V435, Library { draft: true, ..V435 }), None);
    }

    #[test]
    fn an_older_or_incompatible_library_is_refused_by_its_version() {
        let reason = mismatch(V435, with_version(4, 2, 5)).unwrap_or_default();
        assert!(reason.starts_with("it is libzmq 4.2.5, but the program was built against 4.3.5"), "{reason}");
        assert!(mismatch(V435, with_version(5, 0, 0)).is_some());
    }

    #[test]
    fn hazard_abi_mismatch_another_message_size_is_refused() {
        let reason = mismatch(V435, Library { message: 32, ..V435 }).unwrap_or_default();
        assert!(reason.contains("32 bytes") && reason.contains("64"), "{reason}");
    }

    #[test]
    fn a_library_without_the_drafts_that_the_build_needs_is_refused() {
        let built = Library { draft: true, ..V435 };
        let reason = mismatch(built, V435).unwrap_or_default();
        assert!(reason.contains("without the draft API"), "{reason}");
    }
}
