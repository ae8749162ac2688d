//! Runs the program.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run came to.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text on stdout")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).expect("JSON on stdout")
    }

    /// The output of a run that must have gone well and quietly.
    pub fn ok(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self
    }

    /// The one sentence of a run that must have failed.
    pub fn refusal(self) -> String {
        assert_eq!((self.code, self.stdout.as_slice()), (Some(2), &b""[..]), "{}", self.stderr);
        let sentence = self.stderr.strip_suffix('\n').expect("a line");
        assert!(!sentence.contains('\n'), "one sentence: {sentence}");
        sentence.strip_prefix("layerscope: ").expect("the program's name").to_owned()
    }
}

/// The program, which finds nobody's home: it keeps nothing and knows nothing from before.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command.current_dir(images()).env_remove("NO_COLOR").stdin(Stdio::null());
    command.env_remove("HOME").env_remove("XDG_CACHE_HOME");
    command
}

/// Runs in the folder of the test archives.
pub fn layerscope<A: AsRef<OsStr>>(arguments: &[A]) -> Run {
    let output = command().args(arguments).output().expect("the program starts");
    Run {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("text on stderr"),
    }
}

pub fn images() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/images")
}

pub fn read(name: &str) -> String {
    std::fs::read_to_string(images().join(name)).expect(name)
}
