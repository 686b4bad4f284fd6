//! Z85, an encoding of binary data as printable text: five characters for every four bytes.
//!
//! ZeroMQ writes keys in Z85 (RFC 32). The alphabet has neither quotes nor a backslash, so the text is safe in source
//! code, configuration files and command lines.
//!
//! ```
//! let text = zmq::z85::encode(&[0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])?;
//! assert_eq!(text, "HelloWorld");
//! assert_eq!(zmq::z85::decode("HelloWorld")?, [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]);
//! # Ok::<(), zmq::Error>(())
//! ```

use crate::error::{Errno, Error, Operation, Result};

/// Encodes bytes. Their number must be a multiple of four.
///
/// # Errors
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the number of bytes is not a multiple of four. Z85 has no
///   padding of its own; add padding before encoding and remove it after decoding.
///
/// # Examples
/// ```
/// let error = zmq::z85::encode(b"hello").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot encode in Z85: the length, 5, is not a multiple of 4: pad to 8, and remove the padding after decoding"
/// );
/// ```
///
/// Replaces `zmq_z85_encode`.
#[doc(alias("zmq_z85_encode", "z85_encode"))]
pub fn encode(bytes: &[u8]) -> Result<String> {
    match bytes.len() % 4 {
        0 => Ok(encode_groups(bytes)),
        rest => Err(Error::new(Operation::EncodeZ85, Errno::EINVAL).because(format!(
            "the length, {}, is not a multiple of 4: pad to {}, and remove the padding after decoding",
            bytes.len(),
            bytes.len() - rest + 4
        ))),
    }
}

/// Decodes a Z85 text.
///
/// The empty text decodes to no bytes, just as [`encode`] encodes no bytes to the empty text. libzmq rejects both.
///
/// # Errors
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a character is not in the alphabet (white space included), the
///   number of characters is not a multiple of five, or five characters encode a number above 2^32 - 1. The error names
///   the position, counted in characters from 1.
///
/// # Examples
/// ```
/// let error = zmq::z85::decode("HelloWorld\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r"cannot decode the Z85 text: character 11 is '\n', which is white space; remove it"
/// );
/// ```
///
/// Replaces `zmq_z85_decode`.
#[doc(alias("zmq_z85_decode", "z85_decode"))]
pub fn decode(text: &str) -> Result<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 5 * 4];
    match decode_into(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(reason) => Err(Error::new(Operation::DecodeZ85, Errno::EINVAL).because(reason)),
    }
}

/// Encodes the whole groups of four bytes. The text is never reallocated, because it may be a secret.
pub(crate) fn encode_groups(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 4 * 5);
    for group in bytes.chunks_exact(4) {
        let value = group.iter().fold(0, |value: u32, &byte| value << 8 | u32::from(byte));
        for divisor in [85 * 85 * 85 * 85, 85 * 85 * 85, 85 * 85, 85, 1] {
            text.push(char::from(ALPHABET[(value / divisor % 85) as usize]));
        }
    }
    text
}

/// Decodes into `bytes`, which must have room for four bytes per five characters. Returns the reason if the text is
/// invalid.
pub(crate) fn decode_into(text: &str, bytes: &mut [u8]) -> Result<(), String> {
    let groups = text.as_bytes().chunks_exact(5);
    if !groups.remainder().is_empty() {
        return Err(fault(text));
    }
    for (group, decoded) in groups.zip(bytes.chunks_exact_mut(4)) {
        let value = value(group).ok_or_else(|| fault(text))?;
        decoded.copy_from_slice(&value.to_be_bytes());
    }
    Ok(())
}

/// Returns the number that five characters encode.
fn value(group: &[u8]) -> Option<u32> {
    let mut value = 0;
    for &character in group {
        let digit = DIGITS[usize::from(character)];
        if digit == NO_DIGIT {
            return None;
        }
        value = value * 85 + u64::from(digit);
    }
    value.try_into().ok()
}

/// Returns the error in a text that cannot be decoded, with its position, but no other part of the text, which may be a
/// secret.
#[cold]
fn fault(text: &str) -> String {
    let wrong = |&(_, character): &(usize, char)| !character.is_ascii() || !ALPHABET.contains(&(character as u8));
    if let Some((index, character)) = text.chars().enumerate().find(wrong) {
        let advice = match character.is_whitespace() {
            true => "white space; remove it",
            false => "not one of 0-9 a-z A-Z . - : + = ^ ! / * ? & < > ( ) [ ] { } @ % $ #",
        };
        return format!("character {} is {character:?}, which is {advice}", index + 1);
    }
    if text.len() % 5 != 0 {
        return format!("the length, {}, is not a multiple of 5: characters are missing, or too many", text.len());
    }
    let too_large = text.as_bytes().chunks_exact(5).position(|group| value(group).is_none()).unwrap_or_default();
    let (first, last) = (too_large * 5 + 1, too_large * 5 + 5);
    format!(
        "characters {first} to {last} stand for more than 2^32 - 1, which no encoder writes: look for a misspelling"
    )
}

/// The alphabet: each character at the index of its value.
const ALPHABET: &[u8; 85] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// The entry of [`DIGITS`] for bytes outside the alphabet.
const NO_DIGIT: u8 = 85;

/// The value of each character.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < NO_DIGIT {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};
