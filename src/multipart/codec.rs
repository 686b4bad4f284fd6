//! Encoding of multipart messages as the bytes of one frame, in the format of czmq's `zmsg_encode`.
//!
//! Each frame is its length, then its bytes. A length below 255 is one byte; longer ones are the byte 255 and four
//! bytes in big-endian order.

use super::Multipart;
use crate::error::{Errno, Error, Operation, Result};
use crate::message::Message;

/// The byte that announces a length of four bytes, and the smallest length that needs four.
const LONG: u8 = 0xFF;

/// The maximum number of frames that are decoded. An encoded frame may take one byte; decoded, it takes many times as
/// much.
const MOST_FRAMES: usize = 65_536;

impl Multipart {
    /// Encodes all frames as the bytes of one message, for storage or for sending as one frame.
    ///
    /// The format is that of czmq's `zmsg_encode`: each frame is preceded by its length, in one byte if it is below
    /// 255, and otherwise in the byte 255 and four bytes in big-endian order. [`decode`](Self::decode) is the inverse,
    /// for up to 65,536 frames.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a frame has 4 GiB or more.
    ///
    /// # Examples
    /// ```
    /// use zmq::Multipart;
    ///
    /// let encoded = Multipart::from(["topic", ""]).encode()?;
    /// assert_eq!(encoded, b"\x05topic\x00");
    /// assert_eq!(Multipart::decode(&encoded)?, ["topic", ""]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn encode(&self) -> Result<Message> {
        let mut encoded = Vec::with_capacity(self.byte_len() + 5 * self.len());
        for (index, frame) in self.iter().enumerate() {
            encode_len(frame.len(), &mut encoded).ok_or_else(|| {
                let reason = format!("frame {index} has {} bytes, at most {} are possible", frame.len(), u32::MAX);
                Error::new(Operation::EncodeMultipart, Errno::EINVAL).because(reason)
            })?;
            encoded.extend_from_slice(frame);
        }
        Ok(encoded.into())
    }

    /// Decodes bytes that [`encode`](Self::encode) or czmq's `zmsg_encode` wrote. Empty input yields a message without
    /// frames.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the bytes end within a length or a frame, and the error
    ///   names the position; or there are more than 65,536 frames, and the error names their number. Nothing is
    ///   allocated in these cases.
    /// - [`OutOfMemory`](crate::ErrorKind::OutOfMemory): there is not enough memory for the list of frames.
    ///
    /// # Examples
    /// ```
    /// let error = zmq::Multipart::decode(b"\x02ok\x05cut").unwrap_err();
    /// assert_eq!(error.to_string(), "cannot decode the multipart message: frame 1 has 5 bytes, but only 3 of 7 are left");
    /// ```
    pub fn decode(encoded: &[u8]) -> Result<Self> {
        let count = split(encoded).try_fold(0_usize, |count, frame| frame.map(|_| count + 1))?;
        if count > MOST_FRAMES {
            return Err(refused(format!("it has {count} frames, at most {MOST_FRAMES} are possible")));
        }
        let mut frames = Vec::new();
        frames.try_reserve_exact(count).map_err(|_| Error::new(Operation::DecodeMultipart, Errno::ENOMEM))?;
        for frame in split(encoded) {
            frames.push(Message::from(frame?));
        }
        Ok(Self { frames })
    }
}

/// Returns an iterator over encoded frames, which ends with the first truncated frame.
fn split(encoded: &[u8]) -> impl Iterator<Item = Result<&[u8]>> {
    let mut rest = encoded;
    let mut indices = 0_usize..;
    std::iter::from_fn(move || {
        let index = if rest.is_empty() { None } else { indices.next() }?;
        let Some((len, behind)) = decode_len(rest) else {
            let reason = format!("the bytes end within the length of frame {index}, at {}", encoded.len());
            return Some(Err(refused(reason)));
        };
        let frame = usize::try_from(len).ok().and_then(|len| behind.split_at_checked(len));
        Some(match frame {
            Some((frame, behind)) => {
                rest = behind;
                Ok(frame)
            }
            None => {
                let (left, all) = (behind.len(), encoded.len());
                Err(refused(format!("frame {index} has {len} bytes, but only {left} of {all} are left")))
            }
        })
    })
}

#[cold]
fn refused(reason: String) -> Error {
    Error::new(Operation::DecodeMultipart, Errno::EINVAL).because(reason)
}

/// Writes the length of a frame. Returns `None` if the frame is too long for the format.
fn encode_len(len: usize, encoded: &mut Vec<u8>) -> Option<()> {
    match u8::try_from(len) {
        Ok(len) if len < LONG => encoded.push(len),
        _ => {
            let len = u32::try_from(len).ok()?;
            encoded.push(LONG);
            encoded.extend_from_slice(&len.to_be_bytes());
        }
    }
    Some(())
}

/// Reads the length of a frame and returns it with the remaining bytes, or `None` if the bytes end within the length.
fn decode_len(encoded: &[u8]) -> Option<(u32, &[u8])> {
    match encoded {
        [LONG, rest @ ..] => {
            let (len, rest) = rest.split_first_chunk()?;
            Some((u32::from_be_bytes(*len), rest))
        }
        [len, rest @ ..] => Some(((*len).into(), rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_frame_that_is_too_long_for_the_format_is_refused() {
        let mut encoded = Vec::new();
        assert_eq!(encode_len(0xFFFF_FFFF, &mut encoded), Some(()));
        assert_eq!(encoded, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(encode_len(0x1_0000_0000, &mut encoded), None);
    }
}
