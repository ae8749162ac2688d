//! Tars made byte by byte, so that they can be wrong in every way.

use crate::source::tar::{BLOCK, Block};

/// A tar in the making.
#[derive(Clone, Default)]
pub(in crate::source) struct Tar(pub(in crate::source) Vec<u8>);

/// A ustar header with its checksum right, after someone changed it.
pub(in crate::source) fn header(name: &str, flag: u8, size: u64, edit: impl FnOnce(&mut Block)) -> Block {
    let mut block: Block = [0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[108..116].copy_from_slice(b"0000001\0");
    block[116..124].copy_from_slice(b"0000002\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"00000000017\0");
    block[156] = flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    edit(&mut block);
    sum(&mut block);
    block
}

pub(in crate::source) fn sum(block: &mut Block) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub(in crate::source) fn gnu(block: &mut Block) {
    block[257..265].copy_from_slice(b"ustar  \0");
}

impl Tar {
    pub(in crate::source) fn header(mut self, name: &str, flag: u8, size: u64, edit: impl FnOnce(&mut Block)) -> Self {
        self.0.extend(header(name, flag, size, edit));
        self
    }

    /// Content, padded.
    pub(in crate::source) fn data(mut self, data: &[u8]) -> Self {
        self.0.extend(data);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
        self
    }

    pub(in crate::source) fn file(self, name: &str, data: &[u8]) -> Self {
        self.header(name, b'0', data.len() as u64, |_| {}).data(data)
    }

    pub(in crate::source) fn special(self, flag: u8, data: &[u8]) -> Self {
        self.header("special", flag, data.len() as u64, gnu_if(flag)).data(data)
    }

    pub(in crate::source) fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let text: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.special(b'x', &text)
    }

    pub(in crate::source) fn end(mut self) -> Self {
        self.0.extend([0; 2 * BLOCK]);
        self
    }
}

fn gnu_if(flag: u8) -> impl FnOnce(&mut Block) {
    move |block| {
        if matches!(flag, b'L' | b'K') {
            gnu(block);
        }
    }
}

pub(in crate::source) fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let body = key.len() + value.len() + 3;
    let mut length = body;
    while length != body + length.to_string().len() {
        length = body + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}
