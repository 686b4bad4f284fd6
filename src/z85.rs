//! Z85, which writes binary data as printable text: five characters for every four bytes.
//!
//! It is the form in which ZeroMQ writes keys (RFC 32), and safe in source code, configuration files and command lines:
//! the alphabet has neither quotes nor a backslash.
//!
//! ```
//! let text = zmq::z85::encode(&[0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])?;
//! assert_eq!(text, "HelloWorld");
//! assert_eq!(zmq::z85::decode("HelloWorld")?, [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]);
//! # Ok::<(), zmq::Error>(())
//! ```

use crate::error::{Errno, Error, Operation, Result};

/// Encodes bytes, whose number has to be a multiple of four.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another number of bytes: Z85 has no padding of its own, so that
/// it is for the caller to add some and to take it away again.
///
/// # Examples
/// ```
/// let error = zmq::z85::encode(b"hello").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot encode in Z85: the length, 5, is not a multiple of 4: pad to 8, and take the padding away after decoding"
/// );
/// ```
///
/// Replaces `zmq_z85_encode`.
pub fn encode(bytes: &[u8]) -> Result<String> {
    match bytes.len() % 4 {
        0 => Ok(encode_groups(bytes)),
        rest => Err(Error::new(Operation::EncodeZ85, Errno::EINVAL).because(format!(
            "the length, {}, is not a multiple of 4: pad to {}, and take the padding away after decoding",
            bytes.len(),
            bytes.len() - rest + 4
        ))),
    }
}

/// Decodes a text.
///
/// The empty text stands for no bytes, as it does for [`encode`]; libzmq refuses it.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), with the place counted in characters from 1: for a character that
/// is not in the alphabet, white space included; for a number of characters that is not a multiple of five; for five
/// characters that stand for more than four bytes can hold.
///
/// # Examples
/// ```
/// let error = zmq::z85::decode("HelloWorld\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r"cannot decode the Z85 text: character 11 is '\n', which is white space: take it away"
/// );
/// ```
///
/// Replaces `zmq_z85_decode`.
pub fn decode(text: &str) -> Result<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 5 * 4];
    match decode_into(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(reason) => Err(Error::new(Operation::DecodeZ85, Errno::EINVAL).because(reason)),
    }
}

/// Encodes the whole groups of four bytes, without ever moving the text: it may be a secret.
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

/// Decodes into `bytes`, which have room for four bytes per five characters of the text; returns what is wrong.
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

/// Returns what five characters stand for.
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

/// Says what is wrong with a text that cannot be decoded, and where, but no more of it: it may be a secret.
#[cold]
fn fault(text: &str) -> String {
    let wrong = |&(_, character): &(usize, char)| !character.is_ascii() || !ALPHABET.contains(&(character as u8));
    if let Some((index, character)) = text.chars().enumerate().find(wrong) {
        let advice = match character.is_whitespace() {
            true => "white space: take it away",
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

/// The characters, each at the place of its value.
const ALPHABET: &[u8; 85] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// What [`DIGITS`] has for bytes outside of the alphabet.
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
