//! Files that hold credentials by their name, and what each must contain to count.

use super::SecretHit;
use super::data::{HISTORIES, SETTINGS};
use super::documents::in_commands;
use super::forms::{self, ContentKind};
use super::names::{is_reference, is_secret, is_value, url_password, url_passwords};
use super::pairs::pairs;

/// The check for a file with a certain name.
pub(super) type ContentCheck = fn(&[u8]) -> Vec<SecretHit>;

/// What to look for in a file with this path beyond keys and tokens; `None` if the name means nothing.
pub(super) fn named(path: &[u8]) -> Option<ContentCheck> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let is =
        |whole: &[u8]| path == whole || (path.ends_with(whole) && path[..path.len() - whole.len()].ends_with(b"/"));
    let ends = |end: &[u8]| name.len() > end.len() && name.ends_with(end);
    let holds: ContentCheck = match name {
        b".npmrc" => |text| settings(text, "npm-credentials", &["_authToken", "_password", "_auth"]),
        b".netrc" | b"_netrc" => netrc,
        b".git-credentials" => git_credentials,
        b".pypirc" => |text| settings(text, "pypi-credentials", &["password"]),
        b".my.cnf" => |text| settings(text, "mysql-credentials", &["password"]),
        b".pgpass" => |text| nth_field(text, "postgres-credentials", 4),
        b".dockercfg" => docker,
        b"application_default_credentials.json" => gcloud,
        b".htpasswd" => |text| nth_field(text, "password-hash", 1),
        b"kubeconfig" => kubernetes,
        b"id_rsa" | b"id_dsa" | b"id_ecdsa" | b"id_ed25519" | b"id_ecdsa_sk" | b"id_ed25519_sk" => key_by_name,
        b".gitconfig" => git_config,
        _ if is(b".git/config") => git_config,
        _ if HISTORIES.iter().any(|history| history.as_bytes() == name) => typed,
        _ if is(b".aws/credentials") => aws,
        _ if is(b".docker/config.json") => docker,
        _ if is(b".kube/config") => kubernetes,
        _ if matches!(path, b"etc/shadow" | b"etc/shadow-" | b"etc/gshadow" | b"etc/gshadow-") => shadow,
        _ if ends(b".kubeconfig") => kubernetes,
        _ if is_environment(name) => environment,
        _ if ends(b".tfstate") => |text| whole(text, "terraform-state"),
        _ if ends(b".kdbx") => |text| whole(text, "password-store"),
        _ if ends(b".p12") || ends(b".pfx") || ends(b".jks") => |text| whole(text, "key-store"),
        _ => return of_settings(path, name),
    };
    Some(holds)
}

/// A file of settings; those that come with packages hold everybody's.
fn of_settings(path: &[u8], name: &[u8]) -> Option<ContentCheck> {
    let is_one =
        |(begin, end, _): &&(&str, &str, bool)| name.starts_with(begin.as_bytes()) && name.ends_with(end.as_bytes());
    let (_, _, is_program) = SETTINGS.iter().find(is_one).filter(|_| !is_for_tests(path))?;
    Some(if *is_program { |text| configuration(text, true) } else { |text| configuration(text, false) })
}

/// Whether a file with this name is worth reading anywhere, for keys and tokens.
pub(super) fn is_worth_it(path: &[u8]) -> bool {
    let ends = [".pem", ".key", ".ppk", ".asc", "_history", ".tfvars"];
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    ends.iter().any(|end| name.ends_with(end.as_bytes()))
        || name.starts_with(b"service-account")
        || name.starts_with(b"service_account")
}

/// Whether a file is in a folder of tests or examples, or came with a package: its content is public and so rarely a
/// secret.
pub(super) fn is_for_tests(path: &[u8]) -> bool {
    let folders = [
        "test",
        "tests",
        "testdata",
        "testing",
        "fixtures",
        "example",
        "examples",
        "__tests__",
        "spec",
        "node_modules",
        "site-packages",
        "dist-packages",
    ];
    let mut parts = path.split(|&byte| byte == b'/').rev();
    parts.next();
    parts.any(|part| folders.iter().any(|folder| folder.as_bytes() == part))
}

/// Whether a file is one of those that the same package puts into half of all images, with keys that everybody has: the
/// tests of Python itself, and the system's libraries, some of which test themselves.
pub(super) fn is_everywhere(path: &[u8]) -> bool {
    let parts: Vec<_> = path.split(|&byte| byte == b'/').collect();
    let is_python = |three: &&[&[u8]]| three[0] == b"lib" && three[1].starts_with(b"python") && three[2] == b"test";
    let Some((name, folders)) = parts.split_last() else { return false };
    let is_library = name.starts_with(b"lib") && (name.ends_with(b".a") || name.windows(3).any(|part| part == b".so"));
    let is_systems = matches!(folders, [b"lib" | b"lib64", ..] | [b"usr", b"lib" | b"lib64", ..]);
    folders.windows(3).any(|three| is_python(&three)) || (is_library && is_systems)
}

/// `.env`, `.env.production`, `db.env`; the samples that projects ship are none.
fn is_environment(name: &[u8]) -> bool {
    let samples = ["example", "sample", "template", "dist", "defaults", "schema", "test"];
    let parts: Vec<_> = name.split(|&byte| byte == b'.').collect();
    let is_sample = parts.iter().any(|part| samples.iter().any(|sample| sample.as_bytes() == *part));
    !is_sample && (name == b".env" || name.starts_with(b".env.") || name.ends_with(b".env"))
}

fn lines(text: &[u8]) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    text.split(|&byte| byte == b'\n').map(|line| String::from_utf8_lossy(line.trim_ascii()))
}

/// `name = value` or `name: value`, without quotes.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start_matches("- ");
    let at = line.find(['=', ':'])?;
    let (name, value) = (line[..at].trim(), line[at + 1..].trim());
    Some((name.trim_matches('"'), value.trim_end_matches(',').trim().trim_matches(['"', '\''])))
}

/// Lines that set one of these names; in `.npmrc` a registry may precede the name.
fn settings(text: &[u8], kind: &'static str, names: &[&str]) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    for line in lines(text) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim().rsplit(':').next().unwrap_or_default();
        let is_one = names.contains(&name) && !line.starts_with(['#', ';']);
        if is_one && is_value(value) {
            hits.push(SecretHit::high(kind, value.trim().trim_matches('"').as_bytes()));
        }
    }
    hits
}

fn netrc(text: &[u8]) -> Vec<SecretHit> {
    let text = String::from_utf8_lossy(text);
    let words: Vec<_> = text.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == "password" && is_value(pair[1]));
    pairs.map(|pair| SecretHit::high("netrc-credentials", pair[1].as_bytes())).collect()
}

/// Logins of remotes, and headers that carry one.
fn git_config(text: &[u8]) -> Vec<SecretHit> {
    let text = String::from_utf8_lossy(text);
    let values = url_passwords(&text).chain(super::command::logins(&text));
    values.map(|value| SecretHit::high("git-credentials", value.as_bytes())).collect()
}

/// What somebody typed, a command a line.
fn typed(text: &[u8]) -> Vec<SecretHit> {
    in_commands(&String::from_utf8_lossy(text))
}

/// Names with their values. A plain word is rather a placeholder for a password; in programs, a value without quotes is
/// an expression.
fn configuration(text: &[u8], is_program: bool) -> Vec<SecretHit> {
    let text = String::from_utf8_lossy(text);
    let is_odd = |value: &str| value.chars().any(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase());
    let mut found: Vec<_> = pairs(&text)
        .into_iter()
        .filter(|pair| pair.quote.is_some() || !is_program)
        .filter(|pair| is_secret(pair.name, pair.value) && is_odd(pair.value) && !is_reference(pair.value))
        .map(|pair| pair.value)
        .collect();
    // Of two readings of a value, the longer.
    found.sort_by_key(|value| (value.as_ptr() as usize, std::cmp::Reverse(value.len())));
    found.dedup_by_key(|value| value.as_ptr());
    let mut hits: Vec<_> =
        found.into_iter().map(|value| SecretHit::medium("settings-file", value.as_bytes())).collect();
    hits.extend(url_passwords(&text).map(|password| SecretHit::high("url-password", password.as_bytes())));
    hits
}

fn git_credentials(text: &[u8]) -> Vec<SecretHit> {
    lines(text)
        .filter_map(|line| url_password(&line).map(|word| SecretHit::high("git-credentials", word.as_bytes())))
        .collect()
}

/// Fields between colons, as `.pgpass` and `.htpasswd` have them.
fn nth_field(text: &[u8], kind: &'static str, number: usize) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    for line in lines(text).filter(|line| !line.starts_with('#')) {
        let field = line.split(':').nth(number).filter(|field| is_value(field));
        hits.extend(field.map(|field| SecretHit::high(kind, field.as_bytes())));
    }
    hits
}

/// Hashes of passwords; `*`, `!` and nothing mean that there is none.
fn shadow(text: &[u8]) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    for line in lines(text) {
        let hash = line.split(':').nth(1).unwrap_or_default();
        let hash = hash.trim_start_matches('!');
        let is_old = hash.len() == 13 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte));
        let is_modern = hash.starts_with('$') && hash.matches('$').count() >= 2 && hash.len() >= 20;
        if is_old || is_modern {
            hits.push(SecretHit::high("password-hash", hash.as_bytes()));
        }
    }
    hits
}

fn aws(text: &[u8]) -> Vec<SecretHit> {
    let names = ["aws_secret_access_key", "aws_session_token"];
    settings(text, "aws-credentials", &names)
}

/// What a client of a registry keeps: base64 of user and password, or a token.
fn docker(text: &[u8]) -> Vec<SecretHit> {
    let Ok(serde_json::Value::Object(document)) = serde_json::from_slice(text) else { return Vec::new() };
    let auths = match document.get("auths") {
        Some(serde_json::Value::Object(auths)) => auths.clone(),
        _ => document,
    };
    let mut hits = Vec::new();
    for login in auths.values() {
        for field in ["auth", "identitytoken", "registrytoken", "password"] {
            let value = login.get(field).and_then(serde_json::Value::as_str).filter(|value| !value.is_empty());
            hits.extend(value.map(|value| SecretHit::high("registry-credentials", value.as_bytes())));
        }
    }
    hits
}

fn gcloud(text: &[u8]) -> Vec<SecretHit> {
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(text) else { return Vec::new() };
    let fields = ["refresh_token", "client_secret"];
    let values = fields.iter().filter_map(|field| document.get(field)?.as_str());
    values
        .filter(|value| is_value(value))
        .map(|value| SecretHit::high("gcloud-credentials", value.as_bytes()))
        .collect()
}

fn kubernetes(text: &[u8]) -> Vec<SecretHit> {
    let names = ["client-key-data", "token", "password"];
    let mut hits = Vec::new();
    for line in lines(text) {
        let found = assignment(&line).filter(|(name, value)| names.contains(name) && is_value(value));
        hits.extend(found.map(|(_, value)| SecretHit::high("kubernetes-credentials", value.as_bytes())));
    }
    hits
}

fn environment(text: &[u8]) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    for line in lines(text).filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = assignment(&line) else { continue };
        if is_secret(name, value) {
            hits.push(SecretHit::high("env-file", value.as_bytes()));
        } else if let Some(password) = url_password(value) {
            hits.push(SecretHit::high("url-password", password.as_bytes()));
        }
    }
    hits
}

/// The name of a key, where the content is not known as one.
fn key_by_name(text: &[u8]) -> Vec<SecretHit> {
    if text.is_empty() || !forms::find(text, ContentKind::Text).is_empty() {
        Vec::new()
    } else {
        whole(text, "private-key")
    }
}

/// The whole file, only because of its name.
fn whole(text: &[u8], kind: &'static str) -> Vec<SecretHit> {
    if text.is_empty() { Vec::new() } else { vec![SecretHit::medium(kind, b"")] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let Some(holds) = named(path.as_bytes()) else { return Vec::new() };
        holds(text.as_bytes()).into_iter().map(|hit| format!("{} {}", hit.kind, hit.value)).collect()
    }

    #[test]
    fn a_file_is_one_by_its_name_and_by_what_it_holds() {
        for (path, text, hits) in [
            ("root/.npmrc", "//registry.npmjs.org/:_authToken=s3cr3t\n", &["npm-credentials s3cr3t"][..]),
            ("root/.netrc", "machine a login b\n  password hunter2", &["netrc-credentials hunter2"]),
            (".git-credentials", "https://u:hunter2@github.com\n", &["git-credentials hunter2"]),
            (".aws/credentials", "[default]\naws_secret_access_key = abc/def\n", &["aws-credentials abc/def"]),
            ("home/x/.aws/credentials", "aws_secret_access_key=abc", &["aws-credentials abc"]),
            (".docker/config.json", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", &["registry-credentials dTpw"]),
            ("root/.kube/config", "users:\n- user:\n    token: abc123x\n", &["kubernetes-credentials abc123x"]),
            ("app/.env", "# x\nexport DB_PASSWORD='hunter2'\nPORT=80\n", &["env-file hunter2"]),
            ("app/prod.env", "DATABASE_URL=postgres://a:hunter2@db/x", &["url-password hunter2"]),
            ("root/.pypirc", "[pypi]\nusername = a\npassword = hunter2", &["pypi-credentials hunter2"]),
            ("r/application_default_credentials.json", "{\"refresh_token\":\"1//x\"}", &["gcloud-credentials 1//x"]),
            ("etc/nginx/.htpasswd", "bob:Kd83hx.uE/0a2", &["password-hash Kd83hx.uE/0a2"]),
            ("etc/shadow", "root:Kd83hx.uE/0a2:1::\nbin:*:1\n", &["password-hash Kd83hx.uE/0a2"]),
            ("x/terraform.tfstate", "{}", &["terraform-state "]),
            ("x/vault.kdbx", "x", &["password-store "]),
            ("x/tls.p12", "x", &["key-store "]),
            ("root/.ssh/id_rsa", "whatever", &["private-key "]),
            (
                "root/.bash_history",
                "ls\nexport GITLAB_PASSWORD=hunter2\nmysql -phunter3 x\n",
                &["command hunter2", "command hunter3"],
            ),
            (
                "app/.git/config",
                "[remote \"o\"]\n\turl = https://oauth2:hunter2@h/r.git\n",
                &["git-credentials hunter2"],
            ),
            (
                "app/settings.py",
                "SECRET_KEY = 'x7-hunter2'\nDB = {'PASSWORD': 'hunter2', 'A': os.environ['TOKEN']}\n",
                &["settings-file x7-hunter2", "settings-file hunter2"],
            ),
            ("app/application-prod.properties", "spring.datasource.password=hunter2\n", &["settings-file hunter2"]),
            (
                "app/appsettings.json",
                "{\"Db\": \"Server=a;Password=hunter2;\", \"ApiKey\": \"hunter3\"}",
                &["settings-file hunter2", "settings-file hunter3"],
            ),
            (
                "app/docker-compose.yml",
                "  environment:\n    POSTGRES_PASSWORD: hunter2\n    - API_TOKEN=hunter3\n",
                &["settings-file hunter2", "settings-file hunter3"],
            ),
            ("var/www/wp-config.php", "define( 'DB_PASSWORD', 'hunter2' );", &["settings-file hunter2"]),
            ("app/config.ini", "[db]\npassword = hunter2 and 3\n", &["settings-file hunter2 and 3"]),
        ] {
            assert_eq!(found(path, text), hits, "{path}");
        }
    }

    #[test]
    fn only_whole_folders_are_for_tests() {
        assert!(is_for_tests(b"usr/lib/python3/test/keycert.pem") && is_for_tests(b"tests/a"));
        assert!(!is_for_tests(b"app/latest/key.pem") && !is_for_tests(b"app/test"));
    }

    #[test]
    fn what_every_image_has_is_not_searched() {
        for path in
            ["usr/lib/x86_64-linux-gnu/libgnutls.so.30.34.3", "lib/libx.a", "usr/local/lib/python3.12/test/c/k.pem"]
        {
            assert!(is_everywhere(path.as_bytes()), "{path}");
        }
        for path in ["usr/local/lib/libmine.so", "app/libx.so", "usr/lib/app/key.pem", "app/python3/test/k", "libx.so"]
        {
            assert!(!is_everywhere(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn what_holds_nothing_is_none() {
        for (path, text) in [
            ("root/.npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nregistry=https://r/\n"),
            ("app/.env", "PORT=80\nAUTHOR=x\nPASSWORD=\nTOKEN=changeme\n"),
            ("app/.env.example", "PASSWORD=hunter2"),
            (
                "app/settings.py",
                "SECRET_KEY = os.environ['KEY2']\nPASSWORD_HASHERS = ['A1']\nPASSWORD = ''\nTOKEN = 'changeme1'",
            ),
            ("usr/lib/python3/dist-packages/a/settings.py", "SECRET_KEY = 'x7-hunter2'"),
            ("app/application.yml", "password: ${DB_PASSWORD}\ntoken: string\n"),
            ("app/docker-compose.yml", "secrets:\n  db_password:\n    file: ./x1.txt\n"),
            ("app/.git/config", "[remote \"o\"]\n\turl = https://github.com/a/b1.git\n"),
            ("root/.bash_history", "ls\nexport TOKEN=$(cat /x)\n"),
            ("etc/shadow", "root:*:19000:0:99999:7:::\nx:!:1\ny::1\nz:!!:1\n"),
            (".docker/config.json", "{\"credsStore\":\"desktop\"}"),
            ("etc/ssl/ca-cert.pem", "x"),
            ("app/translation.key", "x"),
            ("root/.ssh/id_rsa.pub", "ssh-rsa AAAA"),
            ("usr/share/aws/credentials", "aws_secret_access_key=abc"),
            ("root/.kube/config", "clusters:\n- cluster: {}\n"),
        ] {
            assert_eq!(found(path, text), [""; 0], "{path}");
        }
    }
}
