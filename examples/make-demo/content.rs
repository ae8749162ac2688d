//! What the files of the demo contain: short text that reads like the real thing, and large files that are a small block
//! over and over, so that they cost little in the program.

/// Numbers that look random and are the same on every machine.
pub struct Dice(u64);

impl Dice {
    /// Numbers for a name.
    pub fn of(name: &str) -> Self {
        // FNV-1a, then a step that spreads short names.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(hash | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("less than `sides`")
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.roll(256)).expect("a byte")).collect()
    }

    pub fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b"0123456789abcdef"[self.roll(16)])).collect()
    }

    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

/// A head, and then a block that belongs to the name, up to a size.
pub fn tiled(name: &str, head: &[u8], size: usize) -> Vec<u8> {
    let block = Dice::of(name).bytes(320);
    let mut content = head.to_vec();
    content.extend(block.iter().cycle().take(size.saturating_sub(head.len())));
    content
}

/// A program for the loader of glibc.
pub fn program(name: &str, size: usize) -> Vec<u8> {
    const LOADER: &[u8] = b"/lib64/ld-linux-x86-64.so.2\0";
    let mut head = elf(1);
    // PT_INTERP, readable, right after this header.
    for (word, narrow) in [(3_u64, true), (4, true), (120, false), (120, false), (120, false)] {
        head.extend(&word.to_le_bytes()[..if narrow { 4 } else { 8 }]);
    }
    for word in [LOADER.len() as u64, LOADER.len() as u64, 1] {
        head.extend(word.to_le_bytes());
    }
    head.extend(LOADER);
    tiled(name, &head, size)
}

/// A shared library.
pub fn library(name: &str, size: usize) -> Vec<u8> {
    tiled(name, &elf(0), size)
}

/// The header of a position-independent ELF file for x86-64 without sections.
fn elf(segments: u8) -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    for word in [0x1000_u64, 64, 0] {
        head.extend(word.to_le_bytes());
    }
    head.extend([0, 0, 0, 0, 64, 0, 56, 0, segments, 0, 64, 0, 0, 0, 0, 0]);
    head
}

const VERBS: &[&str] = &["read", "parse", "merge", "format", "find", "check", "update", "encode", "resolve", "apply"];
const NOUNS: &[&str] = &["Options", "Header", "Path", "Token", "Buffer", "Entry", "Value", "Route", "Query", "Stream"];

/// A module of JavaScript of a size.
pub fn script(name: &str, size: usize) -> String {
    let mut dice = Dice::of(name);
    let mut block = String::new();
    let mut names = Vec::new();
    for _ in 0..3 {
        let function = format!("{}{}", dice.pick(VERBS), dice.pick(NOUNS));
        let (fallback, limit) = (dice.pick(&["null", "''", "[]", "{}", "undefined"]), 1 << dice.roll(12));
        let function_text = format!(
            "function {function} (input, options) {{\n  if (input == null) {{\n    return {fallback}\n  }}\n  \
             const limit = (options && options.limit) || {limit}\n  return String(input).slice(0, limit)\n}}\n\n"
        );
        block += &function_text;
        names.push(function);
    }
    names.sort();
    names.dedup();
    let end = format!("module.exports = {{ {} }}\n", names.join(", "));
    let mut text = "'use strict'\n\n".to_owned();
    while text.len() + block.len() + end.len() < size.max(400) {
        text += &block;
    }
    text + &end
}

/// The licence that most packages have.
pub fn licence(holder: &str) -> String {
    format!(
        "The MIT License (MIT)\n\nCopyright (c) {holder}\n\nPermission is hereby granted, free of charge, to any person \
         obtaining a copy\nof this software and associated documentation files, to deal in the Software\nwithout \
         restriction.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND.\n"
    )
}

/// Private keys have this shape. This one opens nothing: it is made of this program's numbers.
pub fn private_key(name: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let mut bytes = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01".to_vec();
    bytes.extend(Dice::of(name).bytes(260));
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(70).map(String::from_utf8_lossy).collect();
    let title = ["OPENSSH", "PRIVATE", "KEY"].join(" ");
    format!("-----BEGIN {title}-----\n{}\n-----END {title}-----\n", lines.join("\n"))
}

/// A token in the shape of a payment service, which never issued it. It is put together here so that no scanner reports
/// this repository.
pub fn token(name: &str) -> String {
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut dice = Dice::of(name);
    let random: String = (0..24).map(|_| char::from(letters[dice.roll(letters.len())])).collect();
    ["sk", "live", &random].join("_")
}
