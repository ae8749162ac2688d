//! What names, values and commands say that something is a secret: tables, so that one more is a line here.

/// A word of these anywhere in a name is enough.
pub(super) const WORDS: &[&str] = &["PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS", "SECRETS"];
/// A word that ends so: `PGPASSWORD`, `DBPASSWORD`, `storepasswd`.
pub(super) const ENDINGS: &[&str] =
    &["PASSWORD", "PASSWD", "PASSPHRASE", "AUTHTOKEN", "ACCESSTOKEN", "SECRETKEY", "APIKEY"];
/// `KEY` after one of these.
pub(super) const KEYS: &[&str] = &[
    "API",
    "APP",
    "ACCESS",
    "ACCOUNT",
    "PRIVATE",
    "SECRET",
    "ENCRYPTION",
    "SIGNING",
    "AUTH",
    "MASTER",
    "SSH",
    "DEPLOY",
    "HMAC",
    "JWT",
    "LICENSE",
    "SERVICE",
    "SESSION",
    "SHARED",
    "STORAGE",
    "SUBSCRIPTION",
];
/// Words that are enough at the end of a name of several: `DB_PASS`, `MYSQL_PWD`, `GH_PAT`.
pub(super) const LAST: &[&str] = &["PASS", "PWD", "PAT", "PASSCODE"];
/// The same, but only where the value is no plain word: `BASIC_AUTH=user:pw` is a secret, `DB_AUTH=basic` is not.
pub(super) const LAST_IF_ODD: &[&str] = &["AUTH", "PW", "CREDS"];
/// A name that ends so is about a secret, and its value is none.
pub(super) const ABOUT: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "URL",
    "URI",
    "NAME",
    "ID",
    "TTL",
    "LENGTH",
    "LEN",
    "SIZE",
    "LIMIT",
    "LIMITS",
    "TIMEOUT",
    "EXPIRY",
    "EXPIRES",
    "ENABLED",
    "DISABLED",
    "ENDPOINT",
    "ISSUER",
    "ALGORITHM",
    "TYPE",
    "HEADER",
    "PREFIX",
    "POLICY",
];
/// Usual placeholders for a secret.
pub(super) const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "example",
    "placeholder",
    "redacted",
    "dummy",
    "your-",
    "your_",
    "yoursecret",
    "insert",
    "replace",
    "todo",
    "fixme",
];
/// Values that are none.
pub(super) const NOTHING: &[&str] = &[
    "password", "passwd", "secret", "token", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "test",
];
/// Folders in which files of secrets are: a value that begins so is a path even where nothing is expanded.
pub(super) const FOLDERS: &[&str] =
    &["/run/", "/etc/", "/var/", "/usr/", "/root/", "/home/", "/opt/", "/app/", "/tmp/", "/mnt/", "/srv/", "/secrets/"];
/// Headers of HTTP that carry one and whose names do not say so.
pub(super) const HEADERS: &[&str] =
    &["x-api-key", "x-jfrog-art-api", "x-vault-token", "private-token", "job-token", "x-auth-token", "dd-api-key"];
/// Words before the value of an `Authorization` header.
pub(super) const SCHEMES: &[&str] = &["bearer", "token", "basic", "apikey", "api-key", "digest", "negotiate"];
/// In SQL, a quoted text after one of these is one.
pub(super) const SQL: &[&str] = &["password", "passwd", "by"];

/// Which part of a word is the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SecretPart {
    Whole,
    /// `user:password`.
    AfterColon,
    /// `user%password`.
    AfterPercent,
    /// Every line that `\n` ends: a program that asks twice.
    EachLine,
}

/// An option of some programs that takes a secret.
pub(super) struct SecretOption {
    pub(super) programs: &'static [&'static str],
    /// A word that must be there too; empty for none.
    pub(super) with: &'static str,
    pub(super) option: &'static str,
    /// Whether the value may be the next word.
    pub(super) apart: bool,
    pub(super) part: SecretPart,
}

const fn option(programs: &'static [&'static str], option: &'static str) -> SecretOption {
    SecretOption { programs, with: "", option, apart: true, part: SecretPart::Whole }
}

const fn login(programs: &'static [&'static str], option: &'static str) -> SecretOption {
    SecretOption { programs, with: "", option, apart: true, part: SecretPart::AfterColon }
}

const MYSQL: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mysqlcheck",
    "mysqlsh",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "mariadb-import",
];
const MONGO: &[&str] = &["mongo", "mongosh", "mongodump", "mongorestore", "mongoimport", "mongoexport", "cqlsh"];
const LDAP: &[&str] = &["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldappasswd", "ldapwhoami"];
const REGISTRY: &[&str] = &[
    "docker", "podman", "buildah", "skopeo", "nerdctl", "helm", "oras", "crane", "regctl", "az", "cf", "oc", "nuget",
    "ibmcloud", "heroku",
];

/// All of them; names such as `--password` are known without.
pub(super) const OPTIONS: &[SecretOption] = &[
    login(&["curl"], "-u"),
    login(&["curl"], "--user"),
    login(&["curl"], "-U"),
    login(&["curl"], "--proxy-user"),
    login(&["http", "https", "xh"], "-a"),
    login(&["http", "https", "xh"], "--auth"),
    SecretOption { programs: MYSQL, with: "", option: "-p", apart: false, part: SecretPart::Whole },
    option(&["sshpass"], "-p"),
    SecretOption { programs: REGISTRY, with: "login", option: "-p", apart: true, part: SecretPart::Whole },
    option(&["redis-cli", "valkey-cli", "keydb-cli"], "-a"),
    option(&["unzip", "zip"], "-P"),
    SecretOption {
        programs: &["7z", "7za", "7zr", "rar", "unrar"],
        with: "",
        option: "-p",
        apart: false,
        part: SecretPart::Whole,
    },
    option(&["openssl"], "-k"),
    option(&["openssl"], "-K"),
    option(MONGO, "-p"),
    option(LDAP, "-w"),
    option(LDAP, "-s"),
    option(&["sqlcmd", "bcp", "isql", "tsql", "ipmitool"], "-P"),
    option(&["keytool", "jarsigner"], "-storepass"),
    option(&["keytool", "jarsigner"], "-keypass"),
    option(&["keytool", "jarsigner"], "-srcstorepass"),
    option(&["keytool", "jarsigner"], "-deststorepass"),
    option(&["useradd", "usermod", "adduser"], "-p"),
    option(&["lftp", "ncftpget", "ncftpput"], "-p"),
    SecretOption {
        programs: &["smbclient", "rpcclient", "net"],
        with: "",
        option: "-U",
        apart: true,
        part: SecretPart::AfterPercent,
    },
    login(&["lftp"], "-u"),
];

/// Words in this order, `*` for any one, with others between them only before the first; the next one is the secret.
pub(super) struct Sequence {
    pub(super) words: &'static [&'static str],
}

/// All of them.
pub(super) const SEQUENCES: &[Sequence] = &[
    Sequence { words: &["rabbitmqctl", "add_user", "*"] },
    Sequence { words: &["rabbitmqctl", "change_password", "*"] },
    Sequence { words: &["net", "user", "*"] },
    Sequence { words: &["vault", "login"] },
    Sequence { words: &["wpa_passphrase", "*"] },
    Sequence { words: &["nmcli", "password"] },
    Sequence { words: &["nmcli", "wifi-sec.psk"] },
    Sequence { words: &["cargo", "login"] },
    Sequence { words: &["mc", "alias", "set", "*", "*", "*"] },
    Sequence { words: &["mc", "config", "host", "add", "*", "*", "*"] },
    Sequence { words: &["htpasswd", "-b", "*", "*"] },
    Sequence { words: &["htpasswd", "-bc", "*", "*"] },
    Sequence { words: &["htpasswd", "-cb", "*", "*"] },
    Sequence { words: &["htpasswd", "-bB", "*", "*"] },
    Sequence { words: &["htpasswd", "-bBc", "*", "*"] },
    Sequence { words: &["htpasswd", "-Bbc", "*", "*"] },
    Sequence { words: &["htpasswd", "-Bbn", "*"] },
    Sequence { words: &["htpasswd", "-bnB", "*"] },
    Sequence { words: &["htpasswd", "-nbB", "*"] },
    Sequence { words: &["htpasswd", "-nb", "*"] },
    Sequence { words: &["htpasswd", "-bn", "*"] },
    Sequence { words: &["--http-basic", "*"] },
];

/// Commands that set a value by its name: `npm config set //r/:_authToken VALUE`. A word of the first list, then one of
/// the second, then the name of a secret.
pub(super) const SETTERS: &[&str] = &[
    "npm",
    "yarn",
    "pnpm",
    "pip",
    "pip3",
    "aws",
    "git",
    "composer",
    "bundle",
    "poetry",
    "gcloud",
    "helm",
    "dotnet",
    "redis-cli",
    "rclone",
    "gh",
    "conda",
    "snap",
    "debconf-set-selections",
];
pub(super) const SETS: &[&str] = &["config", "configure", "set", "CONFIG", "SET", "create", "update"];

/// Programs that read a secret from their input: `echo VALUE | program`.
pub(super) struct StdinProgram {
    pub(super) program: &'static str,
    /// A word that must be there too; empty for none.
    pub(super) with: &'static str,
    pub(super) part: SecretPart,
}

/// All of them.
pub(super) const SINKS: &[StdinProgram] = &[
    StdinProgram { program: "chpasswd", with: "", part: SecretPart::AfterColon },
    StdinProgram { program: "passwd", with: "", part: SecretPart::EachLine },
    StdinProgram { program: "smbpasswd", with: "", part: SecretPart::EachLine },
    StdinProgram { program: "vncpasswd", with: "", part: SecretPart::EachLine },
    StdinProgram { program: "kinit", with: "", part: SecretPart::Whole },
    StdinProgram { program: "cryptsetup", with: "", part: SecretPart::Whole },
    StdinProgram { program: "sudo", with: "-S", part: SecretPart::Whole },
    StdinProgram { program: "su", with: "", part: SecretPart::Whole },
    StdinProgram { program: "gpg", with: "--passphrase-fd", part: SecretPart::Whole },
    StdinProgram { program: "openssl", with: "stdin", part: SecretPart::Whole },
    StdinProgram { program: "htpasswd", with: "-i", part: SecretPart::Whole },
    StdinProgram { program: "gh", with: "--with-token", part: SecretPart::Whole },
    StdinProgram { program: "login", with: "--password-stdin", part: SecretPart::Whole },
    StdinProgram { program: "login", with: "--token-stdin", part: SecretPart::Whole },
];
/// What writes to the input of the next program.
pub(super) const WRITERS: &[&str] = &["echo", "printf"];

/// Files that shells and clients keep of what was typed.
pub(super) const HISTORIES: &[&str] = &[
    ".bash_history",
    ".zsh_history",
    ".ash_history",
    ".sh_history",
    ".history",
    ".mysql_history",
    ".psql_history",
    ".rediscli_history",
];
/// Files of settings by the beginning and the end of their names, and whether they are programs, in which a value has
/// quotes.
pub(super) const SETTINGS: &[(&str, &str, bool)] = &[
    ("settings", ".py", true),
    ("local_settings", ".py", true),
    ("wp-config", ".php", true),
    ("application", ".properties", false),
    ("application", ".yml", false),
    ("application", ".yaml", false),
    ("appsettings", ".json", false),
    ("docker-compose", ".yml", false),
    ("docker-compose", ".yaml", false),
    ("compose", ".yml", false),
    ("compose", ".yaml", false),
    ("config", ".ini", false),
    ("database", ".yml", false),
    ("secrets", ".yml", false),
    ("parameters", ".yml", false),
];

/// Beginnings of a private key in base64 where its frame is gone, and where in it: PKCS 8, PKCS 1, SEC 1, Ed25519, OpenSSH.
pub(super) const BARE_KEYS: &[(usize, &str)] = &[
    (6, "IBADANBgkqhkiG9w0BAQ"),
    (6, "IBAAKC"),
    (0, "MHcCAQEE"),
    (0, "MIGHAgEAMBMGByqGSM49"),
    (0, "MIGkAgEBBD"),
    (0, "MC4CAQAwBQYDK2Vw"),
    (0, "b3BlbnNzaC1rZXktdjE"),
];
