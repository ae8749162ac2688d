//! Tokens with a known prefix. If a token contains a checksum, it must be correct.

use super::aws;
use super::forms::{Certainty, SecretForm};
use super::shapes::{
    Shape, account_key, age, base64url, checksum, discord, doppler, fine_grained, glsa, google, hex, jwt, letters,
    openai, sendgrid, shared_access, slack, slack_hook,
};

const fn token(kind: &'static str, prefix: &'static [u8], shape: Shape) -> SecretForm {
    SecretForm { kind, prefix, sure: Certainty::Anywhere, shape }
}

/// A token with a short prefix, which must be at the start of a word in binary files too.
const fn at_words(kind: &'static str, prefix: &'static [u8], shape: Shape) -> SecretForm {
    SecretForm { kind, prefix, sure: Certainty::AtWords, shape }
}

/// A token that is searched for only in text, and even there is not certain.
const fn in_text(kind: &'static str, prefix: &'static [u8], shape: Shape) -> SecretForm {
    SecretForm { kind, prefix, sure: Certainty::InText, shape }
}

/// All tokens. If several prefixes match, the longest one counts.
pub(super) const TOKENS: &[SecretForm] = &[
    token("age-key", b"AGE-SECRET-KEY-1", age),
    token("anthropic-key", b"sk-ant-", base64url::<80>),
    token("atlassian-token", b"ATATT3xFf", base64url::<160>),
    at_words(aws::KIND, b"AKIA", aws::identifier),
    at_words(aws::KIND, b"ASIA", aws::identifier),
    token("azure-account-key", b"AccountKey=", account_key),
    in_text("azure-shared-access", b"sig=", shared_access),
    at_words("databricks-token", b"dapi", hex::<32>),
    token("digitalocean-token", b"dop_v1_", hex::<64>),
    token("digitalocean-token", b"doo_v1_", hex::<64>),
    token("digitalocean-token", b"dor_v1_", hex::<64>),
    token("discord-webhook", b"discord.com/api/webhooks/", discord),
    token("discord-webhook", b"discordapp.com/api/webhooks/", discord),
    token("docker-hub-token", b"dckr_pat_", base64url::<27>),
    token("docker-hub-token", b"dckr_oat_", base64url::<27>),
    token("doppler-token", b"dp.", doppler),
    token("github-token", b"ghp_", checksum),
    token("github-token", b"gho_", checksum),
    token("github-token", b"ghu_", checksum),
    token("github-token", b"ghs_", checksum),
    token("github-token", b"ghr_", checksum),
    token("github-token", b"github_pat_", fine_grained),
    token("gitlab-token", b"glpat-", base64url::<20>),
    token("gitlab-token", b"gldt-", base64url::<20>),
    token("gitlab-token", b"glrt-", base64url::<20>),
    token("gitlab-token", b"glcbt-", base64url::<20>),
    token("gitlab-token", b"glsoat-", base64url::<20>),
    token("gitlab-token", b"glagent-", base64url::<50>),
    token("gitlab-token", b"glptt-", hex::<40>),
    at_words("google-api-key", b"AIza", google),
    token("grafana-token", b"glsa_", glsa),
    at_words("hugging-face-token", b"hf_", letters::<34>),
    token("linear-key", b"lin_api_", letters::<40>),
    token("npm-token", b"npm_", checksum),
    token("openai-key", b"sk-", openai),
    token("pypi-token", b"pypi-AgEIcHlwaS5vcmc", base64url::<50>),
    token("pypi-token", b"pypi-AgENdGVzdC5weXBpLm9yZw", base64url::<50>),
    token("rubygems-key", b"rubygems_", hex::<48>),
    token("sendgrid-key", b"SG.", sendgrid),
    token("shopify-token", b"shpat_", hex::<32>),
    token("shopify-token", b"shpca_", hex::<32>),
    token("shopify-token", b"shppa_", hex::<32>),
    token("shopify-token", b"shpss_", hex::<32>),
    token("slack-token", b"xox", slack),
    token("slack-token", b"xapp-", base64url::<60>),
    token("slack-webhook", b"hooks.slack.com/services/", slack_hook),
    token("stripe-key", b"sk_live_", base64url::<24>),
    token("stripe-key", b"rk_live_", base64url::<24>),
    token("tailscale-key", b"tskey-auth-", base64url::<30>),
    token("vault-token", b"hvs.", base64url::<24>),
    token("vault-token", b"hvb.", base64url::<24>),
    in_text("jwt", b"eyJ", jwt),
];

#[cfg(test)]
mod tests {
    use super::super::forms::{ContentKind, find};
    use super::super::shapes::tests::{capitals, checked, hex, letters, signed};

    fn kinds(text: &[u8], content_kind: ContentKind) -> Vec<&'static str> {
        find(text, content_kind).into_iter().map(|hit| hit.kind).collect()
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
            ("age-key", format!("AGE-SECRET-KEY-1{}", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(2).split_at(58).0)),
            ("anthropic-key", format!("sk-ant-api03-{}", letters(95))),
            ("atlassian-token", format!("ATATT3xFf{}", letters(183))),
            ("azure-account-key", format!("AccountKey={}==", letters(86))),
            ("databricks-token", format!("dapi{}", hex(32))),
            ("digitalocean-token", format!("dop_v1_{}", hex(64))),
            ("discord-webhook", format!("discord.com/api/webhooks/123456789012345678/{}", letters(68))),
            ("docker-hub-token", format!("dckr_pat_{}", letters(27))),
            ("doppler-token", format!("dp.pt.{}", letters(43))),
            ("doppler-token", format!("dp.st.prd.{}", letters(43))),
            ("gitlab-token", format!("glptt-{}", hex(40))),
            ("gitlab-token", format!("glrt-{}", letters(20))),
            ("grafana-token", format!("glsa_{}_{}", letters(32), hex(8))),
            ("hugging-face-token", format!("hf_{}", letters(34))),
            ("linear-key", format!("lin_api_{}", letters(40))),
            ("openai-key", format!("sk-{}T3BlbkFJ{}", letters(20), letters(20))),
            ("openai-key", format!("sk-proj-{}T3BlbkFJ{}", letters(74), letters(74))),
            ("rubygems-key", format!("rubygems_{}", hex(48))),
            ("sendgrid-key", format!("SG.{}.{}", letters(22), letters(43))),
            ("shopify-token", format!("shpat_{}", hex(32))),
            ("slack-token", format!("xapp-1-A0{}-123456789012-{}", capitals(8), hex(64))),
            ("slack-webhook", format!("hooks.slack.com/services/T0{0}/B0{0}/{1}", capitals(8), letters(24))),
            ("tailscale-key", format!("tskey-auth-{}-{}", letters(16), letters(32))),
            ("vault-token", format!("hvs.{}", letters(95))),
        ]
    }

    #[test]
    fn every_sort_of_token_is_found_wherever_it_stands() {
        let mut samples = samples();
        samples.push(("jwt", signed("{\"sub\":\"7\"}")));
        samples.push(("azure-shared-access", format!("sig={}%3D", letters(43))));
        samples.push(("aws-access-key", format!("AKIA{}", capitals(16))));
        for (kind, token) in samples {
            for text in [
                token.clone(),
                format!("curl -H \"Authorization: {token}\" x"),
                format!("A='{token}'\n"),
                format!("\"a\\n{token}\\n\""),
            ] {
                assert_eq!(kinds(text.as_bytes(), ContentKind::Text), [kind], "{text}");
                assert_eq!(find(text.as_bytes(), ContentKind::Text)[0].value, token);
            }
        }
    }

    #[test]
    fn in_binary_files_only_what_is_sure_is_found() {
        for (kind, token) in samples() {
            assert_eq!(kinds(format!("\u{7f}ELF\0{token}\0").as_bytes(), ContentKind::Binary), [kind], "{token}");
        }
        let jwt = signed("{\"sub\":\"7\"}");
        assert_eq!(kinds(jwt.as_bytes(), ContentKind::Binary), [""; 0]);
    }

    #[test]
    fn strings_that_lie_next_to_each_other_hide_no_checked_token() {
        let token = checked("ghp_");
        let packed = format!("some other text{token}and one more");
        assert_eq!(kinds(packed.as_bytes(), ContentKind::Binary), ["github-token"]);
        assert_eq!(find(packed.as_bytes(), ContentKind::Binary)[0].value, token);
        assert_eq!(kinds(packed.as_bytes(), ContentKind::Text), [""; 0]);
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
            "hf_getTheModelOfThisPipelineByName12".to_owned(),
            format!("hf_{}", letters(35)),
            format!("sk-{}", letters(60)),
            format!("risk-{}", letters(20)),
            "dp.st.some_property_of_something_or_other_x".to_owned(),
            "hvs.someMethodOfAnObject(1)".to_owned(),
            format!("SG.{}.{}", "a".repeat(22), "b".repeat(43)),
            ["AccountKey=Eby8vdM02xNOcq", &letters(72), "=="].concat(),
            format!("shpat_{}", "0".repeat(32)),
            format!("dapi{}", letters(32)),
            "hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
            "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J".replace('Q', "1"),
            format!("sig={}", letters(43)),
            format!("{}AIza{}", letters(50), letters(70)),
            signed("{\"sub\":\"1234567890\"}"),
            "eyJ.eyJ.eyJ".to_owned(),
            letters(300),
        ] {
            for content_kind in [ContentKind::Text, ContentKind::Binary] {
                assert_eq!(kinds(text.as_bytes(), content_kind), [""; 0], "{text}");
            }
        }
        for text in [format!("x{}", checked("ghp_")), checked("ghp_") + "a"] {
            assert_eq!(kinds(text.as_bytes(), ContentKind::Text), [""; 0], "{text}");
        }
    }
}
