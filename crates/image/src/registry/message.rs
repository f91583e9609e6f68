//! Messages in the error responses of registries and token services: JSON of a few known forms.
//! Other bodies have no message.

use serde::Deserialize;

/// The longest message shown, in characters.
const SHOWN: usize = 300;

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    errors: Vec<One>,
    details: Option<String>,
    message: Option<String>,
    error_description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct One {
    code: Option<String>,
    message: Option<String>,
}

/// Returns the message in the body of an error.
pub(super) fn parse(body: &[u8]) -> Option<String> {
    let answer: ErrorBody = serde_json::from_slice(body).ok()?;
    let one = |one: &One| match (&one.message, &one.code) {
        (Some(message), _) if !message.is_empty() => Some(message.clone()),
        (_, code) => code.clone(),
    };
    let mut messages: Vec<String> = answer.errors.iter().filter_map(one).collect();
    messages.extend([answer.details, answer.message, answer.error_description].into_iter().flatten());
    let text = messages.join("; ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = text.chars().take(SHOWN).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_known_forms_are_parsed() {
        for (body, message) in [
            (r#"{"errors":[{"code":"DENIED","message":"no\n way","detail":{}}]}"#, Some("no way")),
            (r#"{"errors":[{"code":"DENIED"},{"code":"X","message":"y"}]}"#, Some("DENIED; y")),
            (r#"{"details":"incorrect username or password"}"#, Some("incorrect username or password")),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, Some("expired")),
            ("<html>", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(parse(body.as_bytes()).as_deref(), message, "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(1000));
        assert_eq!(parse(long.as_bytes()).map(|text| text.len()), Some(SHOWN));
    }
}
