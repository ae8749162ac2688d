//! zstd, frame by frame: the library's own reader reports bytes after the last frame as a broken frame.

use std::io::{self, BufRead, Read};

use zstd::stream::raw::{self, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::DParameter;

use crate::image::magic;

use super::members::Decoder;
use super::peeked::Peeked;

/// A frame that asks for more than 2²⁷ bytes of its past is refused, as the engines do.
const WINDOW_LOG_MOST: u32 = 27;

/// One zstd frame, or a skippable one, which is empty.
pub(in crate::source) struct Zstandard<R> {
    decoder: raw::Decoder<'static>,
    packed: Peeked<R>,
    ended: bool,
}

impl<R: Read> Decoder<R> for Zstandard<R> {
    const MAGIC: &'static [u8] = magic::ZSTD;

    fn begins(head: &[u8]) -> bool {
        magic::is_zstd(head)
    }

    fn start(packed: Peeked<R>) -> io::Result<Self> {
        let mut decoder = raw::Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MOST))?;
        Ok(Self { decoder, packed, ended: false })
    }

    fn packed(&mut self) -> &mut Peeked<R> {
        &mut self.packed
    }

    fn restart(mut self) -> io::Result<Self> {
        self.decoder.reinit()?;
        self.ended = false;
        Ok(self)
    }
}

impl<R: Read> Read for Zstandard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut at_end = false;
        while !self.ended {
            let at_hand = self.packed.fill_buf()?;
            let nothing_left = at_hand.is_empty();
            let mut input = InBuffer::around(at_hand);
            let mut output = OutBuffer::around(&mut *buffer);
            let hint = self.decoder.run(&mut input, &mut output)?;
            let (used, made) = (input.pos(), output.pos());
            self.packed.consume(used);
            self.ended = hint == 0;
            if made > 0 {
                return Ok(made);
            }
            // What the decoder still holds comes out in one more call without input; then it is really over.
            if nothing_left && !self.ended {
                if at_end {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                at_end = true;
            }
        }
        Ok(0)
    }
}
