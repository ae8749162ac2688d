//! One stream after another, as if they were one.

use std::io::{self, BufRead, Read};

use super::checkpoints::{Checkpoint, CheckpointRecorder};
use super::inflate::Inflate;
use super::peeked::Peeked;

/// Decodes one member, frame or stream, reads nothing at its end, and can then begin again.
pub(in crate::source) trait Decoder<R: Read>: Read + Sized {
    /// What another one begins with.
    const MAGIC: &'static [u8];
    /// Whether zeros may be between two of them.
    const PADDED: bool = false;

    /// Whether another one begins here; there are as many bytes as its magic has, unless the stream ends.
    fn begins(head: &[u8]) -> bool {
        head == Self::MAGIC
    }

    fn start(packed: Peeked<R>) -> io::Result<Self>;
    /// Continues inside a member, from a saved state.
    fn resume(_packed: Peeked<R>, _state: &Inflate) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// What it takes to go on from here; nothing where that cannot be had.
    fn state(&self) -> Option<Inflate> {
        None
    }

    /// Passes over what decodes to nothing, where that is cheaper than to decode it.
    fn pass_empty(_packed: &mut Peeked<R>) -> io::Result<()> {
        Ok(())
    }

    fn packed(&mut self) -> &mut Peeked<R>;
    fn restart(self) -> io::Result<Self>;
}

/// All members of a stream.
pub(in crate::source) struct MemberDecoder<R, D> {
    /// None once the last one ended, or broke.
    decoder: Option<D>,
    trailing: bool,
    /// Bytes given out, or passed over by starting at a checkpoint.
    plain: u64,
    recorder: Option<CheckpointRecorder>,
    of: std::marker::PhantomData<fn() -> R>,
}

impl<R: Read, D: Decoder<R>> MemberDecoder<R, D> {
    /// Continues from a checkpoint, to which `packed` was moved.
    pub(super) fn new(packed: R, from: &Checkpoint, recorder: Option<CheckpointRecorder>) -> io::Result<Self> {
        let packed = Peeked::new(packed, from.packed);
        let decoder = match &from.state {
            Some(state) => D::resume(packed, state)?,
            None => D::start(packed)?,
        };
        let of = std::marker::PhantomData;
        Ok(Self { decoder: Some(decoder), trailing: false, plain: from.plain, recorder, of })
    }

    pub(super) fn has_trailing_data(&self) -> bool {
        self.trailing
    }

    /// Continues with the next member, if one follows.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(()) };
        let packed = decoder.packed();
        if D::PADDED {
            while packed.peek(1)? == [0] {
                packed.consume(1);
            }
        }
        D::pass_empty(packed)?;
        let head = packed.peek(D::MAGIC.len())?;
        if D::begins(head) {
            if let Some(recorder) = &mut self.recorder {
                recorder.start(self.plain, packed.at());
            }
            self.decoder = Some(decoder.restart()?);
        } else {
            self.trailing = !head.is_empty();
        }
        Ok(())
    }
}

impl<R: Read, D: Decoder<R>> Read for MemberDecoder<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = &mut self.decoder {
            match decoder.read(buffer) {
                Ok(0) => self.go_on()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.decoder = None;
                    return Err(error);
                }
                Ok(count) => {
                    self.plain += count as u64;
                    if let Some(recorder) = &mut self.recorder {
                        recorder.inside(self.plain, decoder.packed().at(), || decoder.state());
                    }
                    return Ok(count);
                }
            }
        }
        Ok(0)
    }
}
