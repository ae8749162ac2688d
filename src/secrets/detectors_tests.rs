//! Tests of the built-in detectors: a sample of every token, and what only looks like one.

use super::super::forms::{ContentKind, find, find_with};
use super::super::shapes::tests::{capitals, checked, hex, letters, signed};
use super::{Detectors, MOST};

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

/// What own detectors find, as `kind: value`.
fn own(file: &str, text: &str, content_kind: ContentKind) -> Vec<String> {
    let detectors = Box::leak(Box::new(Detectors::read(file).expect("valid detectors")));
    let mut hits = Vec::new();
    find_with(detectors, text.as_bytes(), 0..text.len(), content_kind, &mut hits);
    hits.iter().map(|hit| format!("{} {}: {}", hit.severity.name(), hit.kind, hit.value)).collect()
}

#[test]
fn own_detectors_find_by_characters_pattern_and_check() {
    let head = "[[secret]]\nid = \"acme\"\nprefixes = [\"acme_\"]\n";
    let token = format!("acme_{}", letters(20));
    for shape in [
        "characters = \"base64url\"\nlength = 20",
        "characters = \"alphanumeric\"\nat-least = 12",
        "characters = \"alphanumeric\"\nat-least = 12\nkeywords = [\"no\", \"BMX\"]"
            .replace("BMX", &token[8..11])
            .as_str(),
        "pattern = '[0-9A-Za-z]{20}'",
        "pattern = '[0-9A-Za-z]([0-9A-Za-z]+)'",
    ] {
        let file = format!("{head}{shape}\n");
        let found = [format!("high acme: {token}")];
        assert_eq!(own(&file, &format!("a = '{token}'"), ContentKind::Text), found, "{shape}");
        assert_eq!(own(&file, &format!("x{token}"), ContentKind::Text), [""; 0], "{shape}");
        assert_eq!(own(&file, &format!("x{token}\0"), ContentKind::Binary), found, "{shape}");
        assert_eq!(own(&file, &format!("acme_{}", "x".repeat(20)), ContentKind::Text), [""; 0], "{shape}");
    }
    let medium = format!("{head}check = \"crc32-base62\"\nseverity = \"medium\"\nin-binaries = \"never\"\n");
    let token = checked("acme_");
    assert_eq!(own(&medium, &token, ContentKind::Text), [format!("medium acme: {token}")]);
    assert_eq!(own(&medium, &token, ContentKind::Binary), [""; 0]);
    let words = format!("{head}characters = \"alphanumeric\"\nat-least = 12\nkeywords = [\"T3Blb\"]\n");
    assert_eq!(own(&words, &format!("acme_{}", letters(20)), ContentKind::Text), [""; 0]);
}

#[test]
fn a_pattern_sees_a_limited_number_of_bytes_from_the_prefix_on() {
    let file = |pattern: &str| format!("[[secret]]\nid = \"a\"\nprefixes = [\"abc_\"]\npattern = '{pattern}'\n");
    let text = format!("abc_{}", letters(5000));
    assert_eq!(own(&file("[a-zA-Z0-9]+"), &text, ContentKind::Text), [""; 0]);
    let spaced = format!("abc_  {}", letters(20));
    assert_eq!(own(&file("x)|([a-zA-Z0-9]{20}"), &spaced, ContentKind::Text), [""; 0]);
    assert_eq!(own(&file(""), &spaced, ContentKind::Text), [""; 0]);
}

#[test]
fn a_wrong_detector_is_refused_with_its_id_and_the_reason() {
    let refused = |lines: &str| {
        let faults = Detectors::read(lines).err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let run = "characters = \"hex\"\nlength = 20";
    for (prefixes, rest, why) in [
        ("[\"ab\"]", run, "`prefixes` must be strings of 3 to 64 bytes"),
        ("[]", run, "`prefixes` must be strings of 3 to 64 bytes"),
        ("[\"abc\"]", "", "it needs one of `characters`, `pattern` and `check`"),
        ("[\"abc\"]", "pattern = 'x'\ncheck = \"jwt\"", "it needs one of `characters`, `pattern` and `check`"),
        ("[\"abc\"]", "check = \"jwd\"", "`jwd` is not a check; the checks are aws-key-id, "),
        ("[\"abc\"]", "characters = \"hex\"", "`characters` needs either `length` or `at-least`"),
        ("[\"abc\"]", "characters = \"hex\"\nlength = 7", "`length` and `at-least` must be 8 to 1023"),
        ("[\"abc\"]", "characters = \"hexa\"\nlength = 9", "unknown variant `hexa`"),
        ("[\"abc\"]", "check = \"jwt\"\nlength = 9", "`length`, `at-least` and `keywords` have no effect"),
        ("[\"abc\"]", "pattern = 'a('", "`pattern`: unclosed group"),
        ("[\"abc\"]", "pattern = '(?:(?:a{999}){999}){9}'", "`pattern`: "),
        ("[\"abc\"]", "severity = \"low\"\ncheck = \"jwt\"", "`severity` must be high or medium"),
        ("[\"abc\"]", "lenght = 9", "unknown field `lenght`"),
    ] {
        let said = refused(&format!("[[secret]]\nid = \"acme\"\nprefixes = {prefixes}\n{rest}\n"));
        assert!(said.starts_with("secret 1 (`acme`): ") && said.contains(why) && !said.contains('\n'), "{said}");
    }
    let valid = format!("[[secret]]\nid = \"a\"\nprefixes = [\"abc\"]\n{run}\n");
    assert_eq!(refused(&valid), "");
    assert_eq!(refused(&valid.repeat(2)), "secret 2 (`a`): an earlier detector has the same prefix");
    assert!(refused(&valid.replace("\"a\"", "\"A b\"")).contains("lower-case letters"));
    assert!(refused("[[secret]]\n").starts_with("secret 1: missing field"));
    assert!(refused("secret = 3").contains("`[[secret]]`") && refused("[[secret").contains("line 1"));
    let many: Vec<_> = (0..=MOST).map(|number| format!("\"p{number:04}\"")).collect();
    let many = valid.replace("\"abc\"", &many.join(", "));
    assert_eq!(refused(&many), format!("`secret`: there are more than {MOST} prefixes"));
}
