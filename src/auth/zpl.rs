//! The format of certificates, ZPL (RFC 4), limited to its use there: sections, indented properties, comments.

use std::str::FromStr;

use zeroize::Zeroizing;

use crate::curve::{PublicKey, SecretKey};

/// The contents of a certificate.
pub(super) struct Parts {
    pub(super) public: PublicKey,
    pub(super) secret: Option<SecretKey>,
    pub(super) metadata: Vec<(String, String)>,
}

/// Parses a certificate. Errors contain the line number, but none of the contents.
pub(super) fn read(content: &str) -> Result<Parts, String> {
    let (mut public, mut secret, mut metadata) = (None, None, Vec::new());
    let mut section = "";
    for (number, line) in (1..).zip(content.lines()) {
        let at = |reason: &str| format!("line {number}: {reason}");
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let is_section = line.len() == line.trim_start().len();
        let Some((name, value)) = trimmed.split_once('=') else {
            if is_section {
                section = trimmed;
            }
            continue;
        };
        let (name, value) = (name.trim_end(), self::value(value));
        if is_section {
            // A property of the file rather than of a section.
            section = "";
            continue;
        }
        match (section, name) {
            ("curve", "public-key") => once(&mut public, key::<PublicKey>(value), "public").map_err(|why| at(&why))?,
            ("curve", "secret-key") => once(&mut secret, key::<SecretKey>(value), "secret").map_err(|why| at(&why))?,
            ("metadata", name) => metadata.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    let public = public.ok_or("it has no public-key in a section named curve")?;
    Ok(Parts { public, secret, metadata })
}

/// Formats a certificate as text that is wiped on drop.
pub(super) fn write(
    public: &PublicKey,
    secret: Option<&SecretKey>,
    metadata: &[(String, String)],
) -> Zeroizing<String> {
    let properties: usize = metadata.iter().map(|(name, value)| name.len() + value.len() + 16).sum();
    // The capacity is sufficient, so that a reallocation leaves no part of a secret behind.
    let mut text = Zeroizing::new(String::with_capacity(properties + 1024));
    text.push_str(match secret {
        Some(_) => "#   A secret CURVE certificate. Keep it unreadable for other users.\n\n",
        None => "#   A public CURVE certificate. Distribute it over a channel that protects it from changes.\n\n",
    });
    text.push_str("metadata\n");
    for (name, value) in metadata {
        let quote = if value.contains('"') { '\'' } else { '"' };
        text.extend(["    ", name.as_str(), " = "]);
        text.push(quote);
        text.push_str(value);
        text.push(quote);
        text.push('\n');
    }
    text.push_str("curve\n    public-key = \"");
    text.push_str(&public.to_string());
    text.push_str("\"\n");
    if let Some(secret) = secret {
        text.push_str("    secret-key = \"");
        text.push_str(&secret.to_z85());
        text.push_str("\"\n");
    }
    text
}

/// Returns `true` if a value can be written. The format has no escapes.
pub(super) fn is_value(value: &str) -> bool {
    !value.contains(char::is_control) && ['"', '\''].iter().any(|quote| !value.contains(*quote))
}

/// Returns the text between the quotes, or up to a comment.
fn value(text: &str) -> &str {
    let text = text.trim();
    let quoted = || {
        let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (inner, behind) = text[1..].split_once(quote)?;
        let behind = behind.trim_start();
        Some(inner).filter(|_| behind.is_empty() || behind.starts_with('#'))
    };
    // An unquoted value, as pyzmq writes it, may contain quotes, and a `#` that no space precedes.
    let bare = || text.find(" #").or_else(|| text.find("\t#")).map_or(text, |end| text[..end].trim_end());
    quoted().unwrap_or_else(bare)
}

fn key<K: FromStr>(text: &str) -> Option<K> {
    text.parse().ok()
}

/// Stores a parsed key, unless there is already one.
fn once<K>(place: &mut Option<K>, key: Option<K>, word: &str) -> Result<(), String> {
    if place.is_some() {
        return Err(format!("there is already a {word} key"));
    }
    *place = Some(key.ok_or_else(|| format!("this is not a {word} key in Z85"))?);
    Ok(())
}
