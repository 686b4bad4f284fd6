//! Passwords, which are neither shown nor left behind in memory.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password, or what a peer gives as one: any bytes.
///
/// It is not printed: `Debug` leaves it out, and no error repeats it. Its memory is wiped when it is dropped. Comparing it
/// takes a time that tells its length alone.
///
/// # Examples
/// ```
/// let password = zmq::Password::from("open sesame");
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// assert!(password == *"open sesame");
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the password as text, where it is UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// Copies the bytes: the caller's own are for the caller to wipe.
impl From<&[u8]> for Password {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

/// Copies the text: the caller's own is for the caller to wipe.
impl From<&str> for Password {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

/// Takes the text over, and wipes it.
impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Password {}

impl PartialEq<str> for Password {
    fn eq(&self, other: &str) -> bool {
        self.0.ct_eq(other.as_bytes()).into()
    }
}

/// Leaves the password out.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
