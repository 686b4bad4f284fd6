//! Conversions and comparisons of multipart messages.

use super::Multipart;
use crate::message::Message;

impl<M: Into<Message>> FromIterator<M> for Multipart {
    fn from_iter<I: IntoIterator<Item = M>>(frames: I) -> Self {
        Self { frames: frames.into_iter().map(Into::into).collect() }
    }
}

impl<M: Into<Message>> Extend<M> for Multipart {
    fn extend<I: IntoIterator<Item = M>>(&mut self, frames: I) {
        self.frames.extend(frames.into_iter().map(Into::into));
    }
}

impl<M: Into<Message>> From<Vec<M>> for Multipart {
    fn from(frames: Vec<M>) -> Self {
        frames.into_iter().collect()
    }
}

impl<M: Into<Message>, const N: usize> From<[M; N]> for Multipart {
    fn from(frames: [M; N]) -> Self {
        frames.into_iter().collect()
    }
}

impl From<Message> for Multipart {
    fn from(message: Message) -> Self {
        Self { frames: vec![message] }
    }
}

impl From<&str> for Multipart {
    fn from(text: &str) -> Self {
        Message::from(text).into()
    }
}

impl From<String> for Multipart {
    fn from(text: String) -> Self {
        Message::from(text).into()
    }
}

impl From<&[u8]> for Multipart {
    fn from(bytes: &[u8]) -> Self {
        Message::from(bytes).into()
    }
}

/// Copies the bytes of every frame, as `Clone` does.
impl From<&Multipart> for Multipart {
    fn from(multipart: &Multipart) -> Self {
        multipart.clone()
    }
}

/// Copies the bytes of every frame.
impl<M: AsRef<[u8]>> From<&Vec<M>> for Multipart {
    fn from(frames: &Vec<M>) -> Self {
        frames.iter().collect()
    }
}

/// Copies the bytes of every frame.
impl<M: AsRef<[u8]>, const N: usize> From<&[M; N]> for Multipart {
    fn from(frames: &[M; N]) -> Self {
        frames.iter().collect()
    }
}

/// Creates a multipart message from a slice of frames. A slice of bytes is one frame, so the types of frames are listed
/// one by one.
macro_rules! from_slices {
    ($($frame:ty)*) => {
        $(
            /// Copies the bytes of every frame.
            impl From<&[$frame]> for Multipart {
                fn from(frames: &[$frame]) -> Self {
                    frames.iter().collect()
                }
            }
        )*
    };
}

from_slices! { Message &[u8] &str Vec<u8> String Box<[u8]> }

impl From<Multipart> for Vec<Message> {
    fn from(multipart: Multipart) -> Self {
        multipart.frames
    }
}

/// Copies the bytes of every frame.
impl From<Multipart> for Vec<Vec<u8>> {
    fn from(multipart: Multipart) -> Self {
        multipart.into_iter().map(Message::into_vec).collect()
    }
}

/// Returns the message unchanged as the error if its number of frames is not `N`.
impl<const N: usize> TryFrom<Multipart> for [Message; N] {
    type Error = Multipart;

    fn try_from(multipart: Multipart) -> Result<Self, Multipart> {
        multipart.frames.try_into().map_err(|frames| Multipart { frames })
    }
}

/// Compares a multipart message with lists of types that a message compares with.
macro_rules! compares {
    ($([$($generics:tt)*] $other:ty;)*) => {
        $(
            impl<$($generics)*> PartialEq<$other> for Multipart
            where
                Message: PartialEq<T>,
            {
                fn eq(&self, other: &$other) -> bool {
                    self.frames == *other
                }
            }
        )*
    };
}

compares! {
    [T, const N: usize] [T; N];
    [T, const N: usize] &[T; N];
    [T] [T];
    [T] &[T];
    [T] Vec<T>;
}
