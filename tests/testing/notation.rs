//! Layers as lines of text, in the notation of the scenario files.
//!
//! ```text
//! a/  a/f=text  s->target  h=>a/f  dev{chr,rdev=1:3}  d/{mode=700,uid=7}  f{pax.path=other}=text
//! ```
//!
//! A token is an entry, or with `!` in front something between entries. Escapes: `\s` a space, `\n`, `\t`, `\\`, `\xNN`.

use super::tarball::{Member, pax_records};

/// One layer's tar from its line.
pub fn layer(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut ended = false;
    for token in line.split_whitespace() {
        if let Some(special) = token.strip_prefix('!') {
            ended |= self::special(special, &mut out);
        } else {
            entry(token).write(&mut out);
        }
    }
    if !ended {
        out.resize(out.len() + 1024, 0);
    }
    out
}

/// Something between entries; whether it decides how the archive ends.
fn special(token: &str, out: &mut Vec<u8>) -> bool {
    let (what, rest) = token.split_once('=').unwrap_or((token, ""));
    match what {
        "zeros" => out.resize(out.len() + number::<usize>(rest), 0),
        "text" => out.extend_from_slice(&unescape(rest)),
        "nonsense" => out.resize(out.len() + number::<usize>(rest), b'?'),
        "noend" => return true,
        "cut" => {
            out.truncate(out.len() - number::<usize>(rest));
            return true;
        }
        // a header of its own type with records: `!pax=key=value,key=value`
        "pax" | "global" => {
            let mut member = Member::new(b"PaxHeaders/0", if what == "pax" { b'x' } else { b'g' });
            member.data = pax_records(&records(rest));
            member.write(out);
        }
        "paxraw" => {
            let mut member = Member::new(b"PaxHeaders/0", b'x');
            member.data = unescape(rest);
            member.write(out);
        }
        "paxhuge" => {
            let mut member = Member::new(b"PaxHeaders/0", b'x');
            member.data = pax_records(&[(b"comment".to_vec(), vec![b'c'; number(rest)])]);
            member.write(out);
        }
        other => panic!("no such thing as !{other}"),
    }
    false
}

fn records(text: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    text.split(',')
        .map(|record| {
            let (key, value) = record.split_once('=').expect("a record has a value");
            (unescape(key), unescape(value))
        })
        .collect()
}

fn entry(token: &str) -> Member {
    let (token, attributes) = match (token.find('{'), token.find('}')) {
        (Some(open), Some(close)) => (format!("{}{}", &token[..open], &token[close + 1..]), &token[open + 1..close]),
        _ => (token.to_owned(), ""),
    };
    let mut member = if let Some((name, target)) = token.split_once("=>") {
        let mut member = Member::new(&unescape(name), b'1');
        member.link = unescape(target);
        member
    } else if let Some((name, target)) = token.split_once("->") {
        let mut member = Member::new(&unescape(name), b'2');
        member.mode = 0o777;
        member.link = unescape(target);
        member
    } else if let Some((name, data)) = token.split_once('=') {
        let mut member = Member::new(&unescape(name), b'0');
        member.data = unescape(data);
        member
    } else if token.ends_with('/') {
        Member::new(&unescape(&token), b'5')
    } else {
        Member::new(&unescape(&token), b'0')
    };
    for attribute in attributes.split(',').filter(|attribute| !attribute.is_empty()) {
        set(&mut member, attribute);
    }
    member
}

fn set(member: &mut Member, attribute: &str) {
    let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
    match key {
        "file" => {
            member.kind = b'0';
            member.mode = 0o644;
        }
        "spaces" => member.spaces = true,
        "dir" => {
            member.kind = b'5';
            member.mode = 0o755;
        }
        "chr" => member.kind = b'3',
        "blk" => member.kind = b'4',
        "fifo" => member.kind = b'6',
        "type" => member.kind = unescape(value)[0],
        "mode" => member.mode = u64::from_str_radix(value, 8).expect("a mode in octal"),
        "uid" => member.uid = number(value),
        "gid" => member.gid = number(value),
        "mtime" => member.mtime = number(value),
        "size" => member.size = Some(number(value)),
        "rdev" => {
            let (major, minor) = value.split_once(':').expect("major:minor");
            member.rdev = Some((number(major), number(minor)));
        }
        "data" => member.data = unescape(value),
        "fill" => member.data = vec![b'x'; number(value)],
        "link" => member.link = unescape(value),
        "name" => member.name = unescape(value),
        "nonames" => member.name.clear(),
        "longname" => {
            let path: Vec<String> = (0..4).map(|_| value.repeat(60)).collect();
            member.name = format!("{}/f", path.join("/")).into_bytes();
            member.gnu_long_name = true;
        }
        "longpax" => {
            let path: Vec<String> = (0..4).map(|_| value.repeat(60)).collect();
            member.pax.push((b"path".to_vec(), format!("{}/f", path.join("/")).into_bytes()));
        }
        "component" => member.pax.push((b"path".to_vec(), vec![b'n'; number(value)])),
        "prefix" => member.prefix = value.repeat(60).into_bytes(),
        "base256" => member.base256 = true,
        "v7" => member.v7 = true,
        "nulltype" => member.kind = 0,
        "badsum" => member.bad_checksum = true,
        "unpadded" => member.padded = false,
        key => match key.strip_prefix("pax.") {
            Some(key) => member.pax.push((unescape(key), unescape(value))),
            None => panic!("no such attribute: {key}"),
        },
    }
}

fn number<N: std::str::FromStr>(text: &str) -> N {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}

/// Takes the escapes out.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next() {
            Some(b's') => b' ',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'0') => 0,
            Some(b'x') => {
                let digits = [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)];
                let digits = std::str::from_utf8(&digits).expect("hex digits");
                u8::from_str_radix(digits, 16).expect("hex digits")
            }
            Some(other) => other,
            None => b'\\',
        });
    }
    out
}

/// Puts them back in, for a listing.
pub fn escape(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|&byte| match byte {
            b' ' => "\\s".chars().collect::<Vec<_>>(),
            0x21..=0x7e if byte != b'\\' => vec![char::from(byte)],
            b'\\' => "\\\\".chars().collect(),
            other => format!("\\x{other:02x}").chars().collect(),
        })
        .collect()
}
