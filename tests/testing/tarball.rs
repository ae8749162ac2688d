//! Writes tar archives byte by byte, sound ones and broken ones. Not the `tar` crate: half of what is written here is
//! what no library would write.

/// One header and what follows it.
#[allow(clippy::struct_excessive_bools, reason = "each is one way of writing it wrongly")]
#[derive(Clone, Debug)]
pub struct Member {
    pub name: Vec<u8>,
    pub kind: u8,
    pub mode: u64,
    pub uid: i64,
    pub gid: i64,
    pub mtime: i64,
    pub link: Vec<u8>,
    pub data: Vec<u8>,
    /// What the size field says, where that is not the length of the data.
    pub size: Option<i64>,
    pub rdev: Option<(u32, u32)>,
    /// Records of an `x` header before it, in order.
    pub pax: Vec<(Vec<u8>, Vec<u8>)>,
    pub gnu_long_name: bool,
    pub base256: bool,
    pub v7: bool,
    pub bad_checksum: bool,
    /// Whether the data is followed by zeros up to the next block.
    pub padded: bool,
    /// Whether numbers are set off by spaces instead of zeros, as very old archives have them.
    pub spaces: bool,
    pub prefix: Vec<u8>,
}

impl Member {
    pub fn new(name: &[u8], kind: u8) -> Self {
        Self {
            name: name.to_vec(),
            kind,
            mode: if kind == b'5' { 0o755 } else { 0o644 },
            uid: 0,
            gid: 0,
            mtime: 0,
            link: Vec::new(),
            data: Vec::new(),
            size: None,
            rdev: None,
            pax: Vec::new(),
            gnu_long_name: false,
            base256: false,
            v7: false,
            bad_checksum: false,
            padded: true,
            spaces: false,
            prefix: Vec::new(),
        }
    }

    pub fn file(name: &str, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..Self::new(name.as_bytes(), b'0') }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        if !self.pax.is_empty() {
            let mut header = Self::new(b"PaxHeaders/x", b'x');
            header.data = pax_records(&self.pax);
            header.write(out);
        }
        if self.gnu_long_name {
            let mut header = Self::new(b"././@LongLink", b'L');
            header.data.clone_from(&self.name);
            header.data.push(0);
            header.write(out);
        }
        let mut block = [0_u8; 512];
        put(&mut block[..100], &self.name);
        put(&mut block[157..257], &self.link);
        self.number(&mut block[100..108], i64::try_from(self.mode).unwrap_or(0));
        self.number(&mut block[108..116], self.uid);
        self.number(&mut block[116..124], self.gid);
        self.number(&mut block[124..136], self.size.unwrap_or(i64::try_from(self.data.len()).unwrap_or(0)));
        self.number(&mut block[136..148], self.mtime);
        block[156] = self.kind;
        if !self.v7 {
            block[257..265].copy_from_slice(if self.base256 { b"ustar  \0" } else { b"ustar\x0000" });
            if let Some((major, minor)) = self.rdev {
                self.number(&mut block[329..337], i64::from(major));
                self.number(&mut block[337..345], i64::from(minor));
            }
            put(&mut block[345..500], &self.prefix);
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        let sum = if self.bad_checksum { sum + 1 } else { sum };
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&block);
        out.extend_from_slice(&self.data);
        if self.padded {
            out.resize(out.len().next_multiple_of(512), 0);
        }
    }

    fn number(&self, field: &mut [u8], value: i64) {
        let width = field.len() - 1;
        let octal = (value >= 0 && !self.base256).then(|| format!("{value:0width$o}"));
        let octal = octal.filter(|text| text.len() <= width);
        if let Some(octal) = octal {
            let spaced = format!("{:>width$}", format!("{} ", octal.trim_start_matches('0')));
            put(field, if self.spaces { spaced.as_bytes() } else { octal.as_bytes() });
        } else {
            let fill = if value < 0 { 0xff } else { 0 };
            field.fill(fill);
            let bytes = value.to_be_bytes();
            let room = field.len().min(8);
            let at = field.len() - room;
            field[at..].copy_from_slice(&bytes[8 - room..]);
            field[0] = if value < 0 { 0xff } else { field[0] | 0x80 };
        }
    }
}

/// The records of an extended header: `length key=value\n`, the length counting itself.
pub fn pax_records(records: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        out.extend_from_slice(length.to_string().as_bytes());
        out.push(b' ');
        out.extend_from_slice(key);
        out.push(b'=');
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    out
}

/// A sound archive of some members.
pub fn archive(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        member.write(&mut out);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn put(field: &mut [u8], text: &[u8]) {
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text[..length]);
}
