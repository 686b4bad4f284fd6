//! Durations as text: `250ms`, `5s`, `1h30m`.

use std::fmt::Write;
use std::time::Duration;

/// The units in descending order, with their nanoseconds. Units that are printed come before their other spellings.
const UNITS: [(&str, u128); 9] = [
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("min", 60 * SECOND),
    ("µs", 1_000),
];
const SECOND: u128 = 1_000_000_000;

/// Parses a sum of numbers, each with a unit. Fractions are allowed, and 0 needs no unit.
pub(super) fn read(text: &str) -> Result<Duration, String> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(Duration::ZERO);
    }
    let mut nanoseconds = Some(0_u128);
    let mut rest = trimmed;
    while let Some((number, unit, after)) = split_term(rest) {
        let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else { break };
        let Some(term) = times(number, *factor) else { break };
        nanoseconds = nanoseconds.zip(term).and_then(|(sum, term)| sum.checked_add(term));
        rest = after.trim_start();
    }
    if !rest.is_empty() || trimmed.is_empty() {
        return Err(r#"a duration is a text such as "250ms", "5s" or "1h30m", in d, h, m, s, ms, us and ns"#.to_owned());
    }
    let seconds = nanoseconds.and_then(|sum| u64::try_from(sum / SECOND).ok());
    let (Some(sum), Some(seconds)) = (nanoseconds, seconds) else {
        return Err("no duration is as long".to_owned());
    };
    Ok(Duration::from_secs(seconds) + Duration::from_nanos((sum % SECOND) as u64))
}

/// Splits `1h30m` into `1`, `h` and `30m`. Returns `None` if a number or a unit is missing.
fn split_term(text: &str) -> Option<(&str, &str, &str)> {
    let number_end = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, rest) = text.split_at(number_end);
    let rest = rest.trim_start();
    let unit_end = rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    if number.is_empty() { None } else { Some((number, unit, rest)) }
}

/// Multiplies a decimal number. Returns `None` if the text is not a number or the product is not a whole number of
/// nanoseconds, and `Some(None)` if the product is too large.
fn times(number: &str, factor: u128) -> Option<Option<u128>> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    // A fraction of a day in nanoseconds has fewer than 19 digits.
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok().filter(|digits| *digits <= 19)?)?;
    let parts = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? * factor };
    if parts % scale != 0 {
        return None;
    }
    let whole = whole.parse::<u128>().ok().and_then(|whole| whole.checked_mul(factor));
    Some(whole.and_then(|whole| whole.checked_add(parts / scale)))
}

/// Formats a duration for [`read`], in whole numbers of hours and smaller units.
pub(super) fn write(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, factor) in &UNITS[1..7] {
        let count = rest / factor;
        rest %= factor;
        if count > 0 {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{count}{unit}");
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_is_read_in_any_unit() {
        let milliseconds = Duration::from_millis;
        for (text, expected) in [
            ("0", Duration::ZERO),
            ("0s", Duration::ZERO),
            ("250ms", milliseconds(250)),
            ("5s", milliseconds(5_000)),
            ("1h30m", milliseconds(5_400_000)),
            (" 1h 30 min ", milliseconds(5_400_000)),
            ("1.5s", milliseconds(1_500)),
            ("0.5d", Duration::from_secs(43_200)),
            ("2d", Duration::from_secs(172_800)),
            ("7us", Duration::from_micros(7)),
            ("7µs8ns", Duration::from_nanos(7_008)),
            ("30m1h", milliseconds(5_400_000)),
            ("18446744073709551615s999999999ns", Duration::MAX),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", " ", "5", "ms", "5 parsecs", "-5s", "5s!", "1.s", ".5s", "1..5s", "1e3s", "0.1ns", "5S", "forever"]
        {
            assert!(read(text).is_err_and(|reason| reason.contains("1h30m")), "{text:?}");
        }
        for text in ["18446744073709551616s", "99999999999999999999999999999999999999999999s", "600000000000000d"] {
            assert_eq!(read(text), Err("no duration is as long".to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_duration_prints_in_the_largest_units() {
        let nanoseconds = Duration::from_nanos;
        assert_eq!(write(Duration::ZERO), "0s");
        assert_eq!(write(nanoseconds(90_000_000_000)), "1m30s");
        assert_eq!(write(nanoseconds(1_002_003_004)), "1s2ms3us4ns");
        assert_eq!(write(Duration::from_secs(172_800)), "48h");
    }

    proptest! {
        #[test]
        fn a_duration_is_read_as_it_was_written(seconds: u64, nanoseconds in 0..1_000_000_000_u32) {
            let duration = Duration::new(seconds, nanoseconds);
            prop_assert_eq!(read(&write(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|[0-9.dhmsnuµ ]{0,60}") {
            let _ = read(&text);
        }
    }
}
