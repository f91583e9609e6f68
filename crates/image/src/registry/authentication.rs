//! Answers a registry's challenge with user and password, or with a token from the service that the
//! challenge names.
//!
//! Requests for tokens use only connections that may carry credentials, and ask only for the right
//! to pull one repository.

use http_auth::{ChallengeParser, ChallengeRef};
use reqwest::Url;
use serde::Deserialize;

use super::credentials::Credentials;
use super::error::RegistryError;
use super::name::ImageName;
use super::secret::Secret;
use super::transport::{Ask, Transport, forget_user, host_of};

/// The largest answer of a token service in bytes; tokens have a few thousand.
const MAX_TOKEN: u64 = 1024 * 1024;

/// Context of authentication.
pub(super) struct Authenticator<'a> {
    pub(super) transport: &'a Transport,
    pub(super) name: &'a ImageName,
    pub(super) credentials: &'a Credentials,
    /// Removes secrets from the text of an answer.
    pub(super) hide: &'a dyn Fn(&str) -> String,
}

/// The part of a challenge that asks for a token.
#[derive(Debug, PartialEq, Eq)]
struct Bearer {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl Authenticator<'_> {
    /// Returns the `Authorization` header for these challenges; `None` without credentials for
    /// them.
    pub(super) fn answer(&self, challenges: &[String]) -> Result<Option<Secret>, RegistryError> {
        let parsed: Vec<ChallengeRef<'_>> =
            challenges.iter().flat_map(|text| ChallengeParser::new(text).map_while(Result::ok)).collect();
        let of = |scheme: &str| parsed.iter().find(|found| found.scheme.eq_ignore_ascii_case(scheme));
        if let Some(challenge) = of("Bearer") {
            return self.token(&bearer(challenge)).map(Some);
        }
        match (of("Basic"), self.credentials) {
            (Some(_), Credentials::Password { user, password }) => Ok(self.transport.basic(user, password)),
            (Some(_), Credentials::IdentityToken(_)) => {
                Err(self.impossible("a user and a password, but only an identity token is stored"))
            }
            (Some(_), Credentials::Anonymous) => Ok(None),
            (None, _) if challenges.is_empty() => Ok(None),
            (None, _) => Err(self.impossible("neither `Basic` nor `Bearer`")),
        }
    }

    fn token(&self, bearer: &Bearer) -> Result<Secret, RegistryError> {
        let mut url = Url::parse(&bearer.realm)
            .map_err(|_| self.impossible("the address of its token service is invalid"))?;
        forget_user(&mut url);
        self.transport.check_address(&url, "the token service")?;
        let host = host_of(&url);
        let object = format!("a token for `{}`", self.name);
        let scope =
            bearer.scope.clone().unwrap_or_else(|| format!("repository:{}:pull", self.name.repository()));
        let mut fields = vec![("scope", scope.as_str())];
        if let Some(service) = &bearer.service {
            fields.push(("service", service));
        }
        let (ask, authorization) = match self.credentials {
            Credentials::IdentityToken(token) => {
                fields.extend([
                    ("grant_type", "refresh_token"),
                    ("client_id", "dockopt-dive"),
                    ("refresh_token", token.reveal()),
                ]);
                (Ask { form: Some(form(&fields)), ..Ask::get(url, &object) }, None)
            }
            Credentials::Password { user, password } => {
                url.query_pairs_mut().extend_pairs(&fields);
                (Ask::get(url, &object), self.transport.basic(user, password))
            }
            Credentials::Anonymous => {
                url.query_pairs_mut().extend_pairs(&fields);
                (Ask::get(url, &object), None)
            }
        };
        let answer = self.transport.send(&ask, authorization.as_ref())?;
        if answer.status() != 200 {
            let error = answer.into_error(*self.credentials != Credentials::Anonymous, self.hide);
            return Err(self.of_registry(error));
        }
        let bytes = answer.document(MAX_TOKEN, "the answer of a token service may have")?;
        token_in(&bytes)
            .ok_or_else(|| RegistryError::Token { host, reason: "its answer has no usable token".to_owned() })
    }

    /// Names the registry instead of its token service in an error: `docker login` takes the
    /// registry.
    fn of_registry(&self, error: RegistryError) -> RegistryError {
        match error {
            RegistryError::Unauthorized { who, message, .. } => RegistryError::Unauthorized {
                host: self.name.host().to_owned(),
                who,
                object: format!("image `{}`", self.name),
                message,
            },
            other => other,
        }
    }

    fn impossible(&self, reason: &str) -> RegistryError {
        RegistryError::Challenge { host: self.name.host().to_owned(), reason: reason.to_owned() }
    }
}

fn bearer(challenge: &ChallengeRef<'_>) -> Bearer {
    let of = |name: &str| {
        let found = challenge.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped()).filter(|value| !value.is_empty())
    };
    Bearer { realm: of("realm").unwrap_or_default(), service: of("service"), scope: of("scope") }
}

fn form(fields: &[(&str, &str)]) -> Secret {
    // A form and the query of a URL have the same encoding. Nothing else uses this URL.
    let encoded = Url::parse_with_params("http://localhost/", fields);
    Secret::new(encoded.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default())
}

/// Returns the header value for the token in an answer.
fn token_in(bytes: &[u8]) -> Option<Secret> {
    let answer: TokenAnswer = serde_json::from_slice(bytes).ok()?;
    let given = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let token = [answer.token, answer.access_token].into_iter().flatten().find(given)?;
    Some(Secret::new(format!("Bearer {token}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_challenge_has_realm_service_and_scope() {
        let text =
            r#"Bearer realm="https://auth.x.io/token?a=b",service="x.io",scope="repository:a/b:pull,push""#;
        let challenge = ChallengeParser::new(text).next().expect("one").expect("a challenge");
        let expected = Bearer {
            realm: "https://auth.x.io/token?a=b".to_owned(),
            service: Some("x.io".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        };
        assert_eq!(bearer(&challenge), expected);
    }

    #[test]
    fn token_has_one_of_two_names() {
        for answer in [r#"{"token":"t"}"#, r#"{"access_token":"t"}"#, r#"{"token":"","access_token":"t"}"#] {
            assert_eq!(token_in(answer.as_bytes()), Some(Secret::new("Bearer t")), "{answer}");
        }
        for answer in ["{}", "", r#"{"token":"a\r\nX: y"}"#, r#"{"token":null}"#] {
            assert_eq!(token_in(answer.as_bytes()), None, "{answer}");
        }
    }

    #[test]
    fn form_fields_are_percent_encoded() {
        assert_eq!(form(&[("scope", "a:b/c"), ("x", "1 &=2")]).reveal(), "scope=a%3Ab%2Fc&x=1+%26%3D2");
    }
}
