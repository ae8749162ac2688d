//! Tokens that say what they are by how they begin; where they carry a checksum, it must be right.

use super::aws;
use super::forms::Form;
use super::shapes::{base64url, checksum, fine_grained, google, jwt, slack};

const fn token(kind: &'static str, prefix: &'static [u8], shape: super::shapes::Shape) -> Form {
    Form { kind, prefix, strong: true, shape }
}

/// All of them. What begins with another's prefix goes by the longer one.
pub(super) const TOKENS: &[Form] = &[
    token("github-token", b"ghp_", checksum),
    token("github-token", b"gho_", checksum),
    token("github-token", b"ghu_", checksum),
    token("github-token", b"ghs_", checksum),
    token("github-token", b"ghr_", checksum),
    token("github-token", b"github_pat_", fine_grained),
    token("npm-token", b"npm_", checksum),
    token(aws::KIND, b"AKIA", aws::identifier),
    token(aws::KIND, b"ASIA", aws::identifier),
    token("slack-token", b"xox", slack),
    token("gitlab-token", b"glpat-", base64url::<20>),
    token("stripe-key", b"sk_live_", base64url::<24>),
    token("stripe-key", b"rk_live_", base64url::<24>),
    token("google-api-key", b"AIza", google),
    token("pypi-token", b"pypi-AgEIcHlwaS5vcmc", base64url::<50>),
    Form { kind: "jwt", prefix: b"eyJ", strong: false, shape: jwt },
];

#[cfg(test)]
mod tests {
    use super::super::forms::{Look, find};
    use super::super::shapes::tests::{capitals, checked, letters, signed};

    fn kinds(text: &[u8], look: Look) -> Vec<&'static str> {
        find(text, look).into_iter().map(|hit| hit.kind).collect()
    }

    fn samples() -> Vec<(&'static str, String)> {
        vec![
            ("github-token", checked("ghp_")),
            ("github-token", checked("ghs_")),
            ("github-token", format!("github_pat_{}_{}", letters(22), letters(59))),
            ("npm-token", checked("npm_")),
            ("slack-token", format!("xoxb-{}-{}-{}", "123456789012", "987654321098", letters(24))),
            ("gitlab-token", format!("glpat-{}", letters(20))),
            ("stripe-key", format!("sk_live_{}", letters(24))),
            ("google-api-key", format!("AIza{}", letters(35))),
            ("pypi-token", format!("pypi-AgEIcHlwaS5vcmc{}", letters(80))),
        ]
    }

    #[test]
    fn every_sort_of_token_is_found_wherever_it_stands() {
        let mut samples = samples();
        samples.push(("jwt", signed("{\"sub\":\"7\"}")));
        samples.push(("aws-access-key", format!("AKIA{}", capitals(16))));
        for (kind, token) in samples {
            for text in [
                token.clone(),
                format!("curl -H \"Authorization: {token}\" x"),
                format!("A='{token}'\n"),
                format!("\"a\\n{token}\\n\""),
            ] {
                assert_eq!(kinds(text.as_bytes(), Look::Text), [kind], "{text}");
                assert_eq!(find(text.as_bytes(), Look::Text)[0].value, token);
            }
        }
    }

    #[test]
    fn in_binary_files_only_what_is_sure_is_found() {
        for (kind, token) in samples() {
            assert_eq!(kinds(format!("\u{7f}ELF\0{token}\0").as_bytes(), Look::Binary), [kind], "{token}");
        }
        let jwt = signed("{\"sub\":\"7\"}");
        assert_eq!(kinds(jwt.as_bytes(), Look::Binary), [""; 0]);
    }

    #[test]
    fn strings_that_lie_next_to_each_other_hide_no_checked_token() {
        let token = checked("ghp_");
        let packed = format!("some other text{token}and one more");
        assert_eq!(kinds(packed.as_bytes(), Look::Binary), ["github-token"]);
        assert_eq!(find(packed.as_bytes(), Look::Binary)[0].value, token);
        assert_eq!(kinds(packed.as_bytes(), Look::Text), [""; 0]);
    }

    #[test]
    fn what_only_looks_like_a_token_is_none() {
        let wrong_sum = checked("ghp_").replacen("ghp_", "ghp_x", 1).chars().take(40).collect::<String>();
        for text in [
            wrong_sum,
            format!("ghp_{}", "x".repeat(36)),
            "npm_config_registry npm_lifecycle_event npm_package_version".to_owned(),
            ["AKIA", "IOSFODNN7", "EXAMPLE"].concat(),
            "xoxb-your-token-here-0000000000".to_owned(),
            format!("glpat-{}", "x".repeat(20)),
            "glpat-this-is-the-name-of-a-setting_1".to_owned(),
            "sk_live_...".to_owned(),
            format!("{}AIza{}", letters(50), letters(70)),
            signed("{\"sub\":\"1234567890\"}"),
            "eyJ.eyJ.eyJ".to_owned(),
            letters(300),
        ] {
            for look in [Look::Text, Look::Binary] {
                assert_eq!(kinds(text.as_bytes(), look), [""; 0], "{text}");
            }
        }
        for text in [format!("x{}", checked("ghp_")), checked("ghp_") + "a"] {
            assert_eq!(kinds(text.as_bytes(), Look::Text), [""; 0], "{text}");
        }
    }
}
