//! The formats that are decoded one member or stream at a time by what decodes them already.

use std::io::{self, BufRead, Read};

use bzip2::bufread::BzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::Stream;

use crate::image::magic::{BZIP2, GZIP, XZ};

use super::inflate::Inflate;
use super::members::Decoder;
use super::peeked::Peeked;

/// What an xz stream may ask for: the strongest preset wants 65 MiB, a hostile header 4 GiB.
const XZ_MEMORY_MOST: u64 = 256 << 20;

/// One gzip member. Its tables are kept for the next one: eStargz has a member a file.
pub(in crate::source) struct Gzip<R> {
    inflate: Inflate,
    packed: Peeked<R>,
    ended: bool,
}

impl<R: Read> Decoder<R> for Gzip<R> {
    const MAGIC: &'static [u8] = GZIP;

    fn start(packed: Peeked<R>) -> io::Result<Self> {
        Ok(Self { inflate: Inflate::new()?, packed, ended: false })
    }

    fn resume(packed: Peeked<R>, state: &Inflate) -> io::Result<Self> {
        let inflate = state.copy().ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { inflate, packed, ended: false })
    }

    fn state(&self) -> Option<Inflate> {
        self.inflate.copy()
    }

    fn packed(&mut self) -> &mut Peeked<R> {
        &mut self.packed
    }

    fn restart(mut self) -> io::Result<Self> {
        self.inflate.reset()?;
        self.ended = false;
        Ok(self)
    }
}

/// One xz stream.
pub(in crate::source) struct Xz<R>(XzDecoder<Peeked<R>>);

impl<R: Read> Decoder<R> for Xz<R> {
    const MAGIC: &'static [u8] = XZ;
    const PADDED: bool = true;

    fn start(packed: Peeked<R>) -> io::Result<Self> {
        let stream = Stream::new_stream_decoder(XZ_MEMORY_MOST, 0)?;
        Ok(Self(XzDecoder::new_stream(packed, stream)))
    }

    fn packed(&mut self) -> &mut Peeked<R> {
        self.0.get_mut()
    }

    fn restart(self) -> io::Result<Self> {
        Self::start(self.0.into_inner())
    }
}

/// More bzip2 streams than this are not read: each asks for megabytes before its first byte, and cannot be reset. A
/// parallel compressor writes one for each 900 kB, so this is more than 50 GB.
const BZIP2_STREAMS_MOST: usize = 65_536;

/// One bzip2 stream, and how many came before it.
pub(in crate::source) struct Bzip2<R>(BzDecoder<Peeked<R>>, usize);

/// Whether bytes are a bzip2 stream of no content: a header, the mark of the end, and the checksum of nothing.
fn is_empty_bzip2(stream: &[u8]) -> bool {
    matches!(stream, [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0])
}

impl<R: Read> Decoder<R> for Bzip2<R> {
    const MAGIC: &'static [u8] = BZIP2;

    fn start(packed: Peeked<R>) -> io::Result<Self> {
        Ok(Self(BzDecoder::new(packed), 0))
    }

    fn packed(&mut self) -> &mut Peeked<R> {
        self.0.get_mut()
    }

    fn pass_empty(packed: &mut Peeked<R>) -> io::Result<()> {
        const EMPTY: usize = 14;
        while is_empty_bzip2(packed.peek(EMPTY)?) {
            packed.consume(EMPTY);
        }
        Ok(())
    }

    fn restart(self) -> io::Result<Self> {
        if self.1 >= BZIP2_STREAMS_MOST {
            return Err(io::Error::other(format!("more than {BZIP2_STREAMS_MOST} concatenated streams")));
        }
        Ok(Self(BzDecoder::new(self.0.into_inner()), self.1 + 1))
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let at_hand = self.packed.fill_buf()?;
            let nothing_left = at_hand.is_empty();
            let step = self.inflate.run(at_hand, buffer)?;
            self.packed.consume(step.used);
            self.ended = step.ended;
            if step.made > 0 {
                return Ok(step.made);
            }
            if nothing_left && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Read for Bzip2<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bzip2_streams_are_counted_and_empty_ones_cost_no_decoder() {
        let empty = [&b"BZh9"[..], &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0]].concat();
        let mut packed = Peeked::new(io::Cursor::new([empty.repeat(200_000), b"BZh1".to_vec()].concat()), 0);
        Bzip2::pass_empty(&mut packed).expect("readable");
        assert_eq!(packed.peek(4).expect("readable"), b"BZh1");
        let last = Bzip2(BzDecoder::new(Peeked::new(io::empty(), 0)), BZIP2_STREAMS_MOST);
        assert!(last.restart().is_err());
    }
}
