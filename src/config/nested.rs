//! Options that are tables of several values.

use super::setting::{Setting, Shape};
use crate::socket::{Heartbeat, TcpKeepalive};

/// A type that is serialized as a table of its fields.
pub(super) trait Table: Sized {
    /// The expected form, for errors.
    const EXPECTED: &'static str;
    /// The names and shapes of the fields.
    const FIELDS: &'static [(&'static str, Shape)];

    /// Creates a value from the fields that are present.
    fn from_settings(settings: impl IntoIterator<Item = (&'static str, Setting)>) -> Self;

    /// Returns the fields to serialize.
    fn into_settings(self) -> Vec<(&'static str, Setting)>;
}

/// Declares the tables: the names and shapes of their fields.
macro_rules! tables {
    ($($table:ident { $($field:ident: $shape:ident),* })*) => {
        $(impl Table for $table {
            const EXPECTED: &'static str = Shape::$table.expected();
            const FIELDS: &'static [(&'static str, Shape)] = &[$((stringify!($field), Shape::$shape)),*];

            fn from_settings(settings: impl IntoIterator<Item = (&'static str, Setting)>) -> Self {
                let mut table = Self::default();
                for (name, setting) in settings {
                    match setting {
                        $(Setting::$shape(value) if name == stringify!($field) => table.$field = value.into(),)*
                        _ => {}
                    }
                }
                table
            }

            fn into_settings(self) -> Vec<(&'static str, Setting)> {
                let fields = [$(Option::from(self.$field).map(|value| (stringify!($field), Setting::$shape(value)))),*];
                fields.into_iter().flatten().collect()
            }
        })*
    };
}

tables! {
    TcpKeepalive { on: Bool, idle: Time, interval: Time, count: Count }
    Heartbeat { interval: Time, timeout: Time, time_to_live: Time }
}
