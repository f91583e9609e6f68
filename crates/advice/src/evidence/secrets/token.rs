//! Tokens: a row for each format. A prefix finds the candidates, a pattern and a check decide.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::document::{Style, TextFile};
use super::secret::{Class, Secret, Sureness};
use super::text::{CANDIDATES, compiled};
use super::value::{entropy, is_placeholder};

/// How a token is checked besides its pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// By the variety of its characters.
    Variety,
    /// By a CRC-32 in its last six characters, in base 62.
    Checksum,
}

use Check::{Checksum, Variety};

/// A format: what it is, the text that it has at its start, the pattern from there on, the check.
type Format = (&'static str, &'static str, &'static str, Check);

/// The formats, as their services document them.
const FORMATS: [Format; 79] = [
    ("AWS access key", "AKIA", r"AKIA[A-Z2-7]{16}\b", Variety),
    ("AWS access key", "ASIA", r"ASIA[A-Z2-7]{16}\b", Variety),
    ("GitHub token", "ghp_", r"ghp_[A-Za-z0-9]{36}\b", Checksum),
    ("GitHub token", "gho_", r"gho_[A-Za-z0-9]{36}\b", Checksum),
    ("GitHub token", "ghu_", r"ghu_[A-Za-z0-9]{36}\b", Checksum),
    ("GitHub token", "ghs_", r"ghs_[A-Za-z0-9]{36}\b", Checksum),
    ("GitHub token", "ghr_", r"ghr_[A-Za-z0-9]{36}\b", Checksum),
    ("GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", Variety),
    ("npm token", "npm_", r"npm_[A-Za-z0-9]{36}\b", Checksum),
    ("PyPI token", "pypi-AgE", r"pypi-AgE[A-Za-z0-9_-]{50,}", Variety),
    ("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "gldt-", r"gldt-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "glrt-", r"glrt-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "glptt-", r"glptt-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "glcbt-", r"glcbt-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "glagent-", r"glagent-[A-Za-z0-9_-]{20,}", Variety),
    ("GitLab token", "gloas-", r"gloas-[A-Za-z0-9_-]{20,}", Variety),
    ("Slack token", "xox", r"xox[abeoprs]-[0-9A-Za-z-]{20,}", Variety),
    ("Slack token", "xapp-", r"xapp-\d-[0-9A-Za-z-]{30,}", Variety),
    (
        "Slack webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?:services|workflows)/T[0-9A-Za-z_]+/[0-9A-Za-z_]+/[0-9A-Za-z_]{16,}",
        Variety,
    ),
    ("Discord webhook", "/api/webhooks/", r"/api/webhooks/\d{15,}/[0-9A-Za-z_-]{50,}", Variety),
    (
        "Microsoft Teams webhook",
        ".webhook.office.com/",
        r"\.webhook\.office\.com/webhookb2/[0-9a-f@-]{36,}/IncomingWebhook/[0-9a-f]{32}",
        Variety,
    ),
    ("Stripe key", "sk_live_", r"sk_live_[0-9A-Za-z]{16,}", Variety),
    ("Stripe key", "rk_live_", r"rk_live_[0-9A-Za-z]{16,}", Variety),
    ("Stripe webhook secret", "whsec_", r"whsec_[0-9A-Za-z+/=]{24,}", Variety),
    ("Square token", "sq0", r"sq0(?:atp|csp)-[0-9A-Za-z_-]{22,}", Variety),
    ("Google API key", "AIza", r"AIza[0-9A-Za-z_-]{35}\b", Variety),
    ("Google OAuth secret", "GOCSPX-", r"GOCSPX-[0-9A-Za-z_-]{24,}", Variety),
    ("Google OAuth token", "ya29.", r"ya29\.[0-9A-Za-z_-]{40,}", Variety),
    ("SendGrid key", "SG.", r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}", Variety),
    ("Mailgun key", "key-", r"key-[0-9a-f]{32}\b", Variety),
    ("Brevo key", "xkeysib-", r"xkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16}", Variety),
    ("Postmark or Postman key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", Variety),
    ("OpenAI key", "sk-proj-", r"sk-proj-[0-9A-Za-z_-]{40,}", Variety),
    ("OpenAI key", "sk-svcacct-", r"sk-svcacct-[0-9A-Za-z_-]{40,}", Variety),
    ("OpenAI key", "sk-admin-", r"sk-admin-[0-9A-Za-z_-]{40,}", Variety),
    ("OpenAI key", "sk-", r"sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}\b", Variety),
    ("Anthropic key", "sk-ant-", r"sk-ant-[a-z]+\d{2}-[0-9A-Za-z_-]{60,}", Variety),
    ("OpenRouter key", "sk-or-v1-", r"sk-or-v1-[0-9a-f]{64}", Variety),
    ("Groq key", "gsk_", r"gsk_[0-9A-Za-z]{52}\b", Variety),
    ("Replicate token", "r8_", r"r8_[0-9A-Za-z]{37}\b", Variety),
    ("Hugging Face token", "hf_", r"hf_[0-9A-Za-z]{34}\b", Variety),
    ("DigitalOcean token", "dop_v1_", r"dop_v1_[0-9a-f]{64}", Variety),
    ("DigitalOcean token", "doo_v1_", r"doo_v1_[0-9a-f]{64}", Variety),
    ("Vault token", "hvs.", r"hvs\.[0-9A-Za-z_-]{24,}", Variety),
    ("Vault token", "hvb.", r"hvb\.[0-9A-Za-z_-]{24,}", Variety),
    ("Terraform token", ".atlasv1.", r"\.atlasv1\.[0-9A-Za-z_-]{60,}", Variety),
    ("Shopify token", "shp", r"shp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}\b", Variety),
    ("Databricks token", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?\b", Variety),
    ("Telegram bot token", ":AA", r":AA[0-9A-Za-z_-]{33}", Variety),
    ("Azure storage key", "AccountKey=", r"AccountKey=[0-9A-Za-z+/]{86}==", Variety),
    ("Azure shared access key", "SharedAccessKey=", r"SharedAccessKey=[0-9A-Za-z+/]{43}=", Variety),
    ("Azure shared access signature", "sig=", r"sig=[0-9A-Za-z%/+]{43,}(?:%3D|=)", Variety),
    ("Azure client secret", "8Q~", r"8Q~[0-9A-Za-z_.~-]{31,34}", Variety),
    ("Linear key", "lin_api_", r"lin_api_[0-9A-Za-z]{40}", Variety),
    (
        "Doppler token",
        "dp.",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[0-9A-Za-z]{40,44}",
        Variety,
    ),
    ("Sentry token", "sntrys_", r"sntrys_[0-9A-Za-z_+/=-]{60,}", Variety),
    ("Sentry token", "sntryu_", r"sntryu_[0-9a-f]{64}", Variety),
    ("New Relic key", "NRAK-", r"NRAK-[A-Z0-9]{27}\b", Variety),
    ("Grafana token", "glsa_", r"glsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8}", Variety),
    ("Grafana token", "glc_", r"glc_[0-9A-Za-z+/=]{32,}", Variety),
    ("RubyGems key", "rubygems_", r"rubygems_[0-9a-f]{48}", Variety),
    ("crates.io token", "cio", r"cio[0-9A-Za-z]{32}\b", Variety),
    ("NuGet key", "oy2", r"oy2[a-z0-9]{43}\b", Variety),
    ("Docker Hub token", "dckr_pat_", r"dckr_pat_[0-9A-Za-z_-]{27,}", Variety),
    ("Docker Hub token", "dckr_oat_", r"dckr_oat_[0-9A-Za-z_-]{32,}", Variety),
    ("Atlassian token", "ATATT3", r"ATATT3[0-9A-Za-z_=-]{100,}", Variety),
    ("Bitbucket token", "ATBB", r"ATBB[0-9A-Za-z]{32}\b", Variety),
    ("Figma token", "figd_", r"figd_[0-9A-Za-z_-]{38,}", Variety),
    ("Notion token", "ntn_", r"ntn_[0-9A-Za-z]{40,}", Variety),
    ("Supabase token", "sbp_", r"sbp_[0-9a-f]{40}\b", Variety),
    ("PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_.-]{32,}", Variety),
    ("Pulumi token", "pul-", r"pul-[0-9a-f]{40}\b", Variety),
    ("Fly.io token", "fm2_", r"fm2_[0-9A-Za-z+/=_-]{80,}", Variety),
    ("CircleCI token", "CCIPAT_", r"CCIPAT_[0-9A-Za-z]{22}_[0-9a-f]{40}", Variety),
    ("Tailscale key", "tskey-", r"tskey-[a-z]+-[0-9A-Za-z]+-[0-9A-Za-z]{20,}", Variety),
    ("Heroku key", "HRKU-", r"HRKU-[0-9A-Za-z_-]{36,}", Variety),
    ("Airtable token", "pat", r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}\b", Variety),
    ("Twilio key", "SK", r"SK[0-9a-f]{32}\b", Variety),
];

static PREFIXES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(FORMATS.iter().map(|(_, prefix, ..)| prefix)).ok());
/// The patterns of the formats; few are ever used, so each is compiled when it is.
static PATTERNS: [OnceLock<Regex>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];

/// Finds tokens.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let text = document.text.as_ref();
    let Some(prefixes) = PREFIXES.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for hit in prefixes.find_overlapping_iter(text) {
        let Some((what, prefix, _, check)) = FORMATS.get(hit.pattern().as_usize()) else { continue };
        let Some(token) = token_at(text, hit.start(), hit.pattern().as_usize()) else { continue };
        let body = token.get(prefix.len()..).unwrap_or_default();
        let is_right = if *check == Checksum { has_checksum(body) } else { is_various(body) };
        let counts = *check == Checksum || document.style != Style::Prose;
        if is_right && counts {
            let sureness = if *check == Checksum { Sureness::Certain } else { Sureness::Likely };
            let span = hit.start()..hit.start() + token.len();
            found
                .push(Secret::new(document, span, *what).of(Class::Token, sureness).marked(token.as_bytes()));
        }
        if found.len() >= CANDIDATES {
            break;
        }
    }
    found
}

/// Returns the token of a format at a place that no word runs into.
fn token_at(text: &str, at: usize, format: usize) -> Option<&str> {
    let before = text.get(..at)?.chars().next_back();
    let (_, prefix, pattern, _) = FORMATS.get(format)?;
    let starts_word = prefix.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let runs_in = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    // After `\n` in a string, a word starts.
    let is_escaped = text.get(..at)?.ends_with("\\n");
    if starts_word && !is_inner(prefix) && before.is_some_and(runs_in) && !is_escaped {
        return None;
    }
    let pattern = PATTERNS.get(format)?.get_or_init(|| compiled(&format!("^(?:{pattern})")));
    Some(pattern.find(text.get(at..)?)?.as_str())
}

/// Whether what a token is found by is in its middle.
fn is_inner(prefix: &str) -> bool {
    prefix == "8Q~"
}

/// Whether a value starts as a token does. Such a value is one, or none; it is no password.
pub(super) fn looks_like_one(value: &str) -> bool {
    let is_long = |prefix: &str| prefix.len() > 3 && prefix.ends_with(['_', '-']);
    FORMATS.iter().any(|(_, prefix, ..)| is_long(prefix) && value.starts_with(prefix))
        || ["sk_test_", "pk_live_", "pk_test_", "rk_test_"].iter().any(|prefix| value.starts_with(prefix))
}

fn is_various(body: &str) -> bool {
    entropy(body) >= 2.8 && !is_placeholder(body)
}

/// Whether the last six characters are the CRC-32 of those before, in base 62.
fn has_checksum(body: &str) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((random, sum)) = body.split_at_checked(body.len().saturating_sub(6)) else { return false };
    let value = sum.bytes().try_fold(0_u64, |value, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(value * 62 + digit as u64)
    });
    value == Some(u64::from(crc32fast::hash(random.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_and_no_prefix_is_written_twice() {
        for (number, (what, prefix, pattern, _)) in FORMATS.iter().enumerate() {
            assert!(Regex::new(pattern).is_ok(), "{what}");
            let same = FORMATS.iter().filter(|(_, other, ..)| other == prefix).count();
            assert_eq!(same, 1, "{prefix}");
            assert!(pattern.replace('\\', "").contains(prefix.get(..3).unwrap_or(prefix)), "{number} {what}");
        }
    }

    #[test]
    fn checksum_is_that_of_github_and_npm() {
        // A random body with its sum; the same with one character changed.
        let body = "5YxXwTqVbnm1Kp0ZrL8sD4fGhJ2cQe";
        let mut sum = u64::from(crc32fast::hash(body.as_bytes()));
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut text = Vec::new();
        for _ in 0..6 {
            text.push(digits[usize::try_from(sum % 62).expect("a digit")]);
            sum /= 62;
        }
        text.reverse();
        let token = format!("{body}{}", String::from_utf8(text).expect("text"));
        assert!(has_checksum(&token));
        assert!(!has_checksum(&token.replacen('5', "6", 1)));
        assert!(!has_checksum("short"));
    }
}
