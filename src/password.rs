//! Passwords, which are neither shown nor left behind in memory.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password: any bytes.
///
/// `Debug` omits the password, and no error repeats it. The memory is wiped on drop. The duration of comparisons
/// reveals nothing but the length.
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
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Password::from("open sesame").as_bytes(), b"open sesame");
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the password as text, or `None` if it is not UTF-8.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Password::from("open sesame").to_str(), Some("open sesame"));
    /// assert_eq!(zmq::Password::from(&[0xFF][..]).to_str(), None);
    /// ```
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// Copies the bytes. The caller has to wipe the original.
impl From<&[u8]> for Password {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

/// Copies the text. The caller has to wipe the original.
impl From<&str> for Password {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

/// Takes ownership of the text, and wipes it on drop.
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

/// Omits the password.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
