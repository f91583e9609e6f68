//! A path argument: `PATH`, or `N:PATH` for what layer N ships there.
//!
//! Paths are bytes. A path whose first component looks like `N:` needs a `/` or `./` before it.

use std::ffi::OsStr;

use thiserror::Error;

/// A path argument of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathArgument {
    /// The layer, counted from the lowest.
    pub(crate) layer: Option<usize>,
    /// The path as typed, without the layer; empty for the root.
    pub(crate) path: Vec<u8>,
}

/// A layer number that does not fit into a `usize`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is too large for a layer")]
pub(crate) struct LayerTooLarge(String);

impl PathArgument {
    /// Parses a path argument.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, LayerTooLarge> {
        let bytes = text.as_encoded_bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (Some(number), Some((b':', path))) = (
            bytes.get(..digits).filter(|number| !number.is_empty()),
            bytes.get(digits..).and_then(<[u8]>::split_first),
        ) else {
            return Ok(Self { layer: None, path: bytes.to_vec() });
        };
        let number = String::from_utf8_lossy(number);
        let layer = number.parse().map_err(|_| LayerTooLarge(number.into_owned()))?;
        Ok(Self { layer: Some(layer), path: path.to_vec() })
    }

    /// Returns the path in `layer`, unless it names a layer itself.
    pub(crate) fn or_in(self, layer: Option<usize>) -> Self {
        Self { layer: self.layer.or(layer), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_colon_select_a_layer() {
        for (text, layer, path) in [
            ("3:/app/id_rsa", Some(3), "/app/id_rsa"),
            ("0:", Some(0), ""),
            ("12:a:b", Some(12), "a:b"),
            ("/etc", None, "/etc"),
            ("./3:x", None, "./3:x"),
            ("/3:x", None, "/3:x"),
            (":x", None, ":x"),
            ("3x:y", None, "3x:y"),
            ("3", None, "3"),
            ("", None, ""),
        ] {
            let expected = PathArgument { layer, path: path.into() };
            assert_eq!(PathArgument::parse(OsStr::new(text)), Ok(expected), "{text}");
        }
        let error = PathArgument::parse(OsStr::new("99999999999999999999999:/x"));
        assert!(error.is_err_and(|error| error.to_string().contains("too large")));
    }

    #[test]
    fn layer_in_the_path_overrides_the_option() {
        let path = |text| PathArgument::parse(OsStr::new(text)).expect(text);
        assert_eq!(path("3:/x").or_in(Some(5)).layer, Some(3));
        assert_eq!(path("/x").or_in(Some(5)).layer, Some(5));
        assert_eq!(path("/x").or_in(None).layer, None);
    }
}
