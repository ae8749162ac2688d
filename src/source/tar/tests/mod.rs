//! The walker against tars that are right in odd ways, and wrong in all of them.

pub(in crate::source) mod build;
mod crosscheck;
mod ends;
#[expect(clippy::panic, reason = "a line of another form")]
mod go;
mod headers;
pub(in crate::source) mod sparse;

use crate::source::blob::Blob;

use super::{Doubt, Member, SeekableInput, StreamInput, TarError, TarInput, Walker};

/// What a walk saw: every entry with its content, and how it ended.
#[derive(Debug)]
struct Walk {
    entries: Vec<(Member, Vec<u8>)>,
    fault: Option<TarError>,
}

impl Walk {
    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|(member, _)| String::from_utf8_lossy(&member.name).into_owned()).collect()
    }

    /// Name, kind and size of each entry.
    fn shapes(&self) -> Vec<(String, &'static str, u64)> {
        self.entries
            .iter()
            .map(|(member, _)| (String::from_utf8_lossy(&member.name).into_owned(), member.kind.name(), member.size))
            .collect()
    }
}

fn drive<I: TarInput>(walker: &mut Walker<I>, reads: bool) -> Walk {
    let mut walk = Walk { entries: Vec::new(), fault: None };
    let mut member = Member::default();
    loop {
        match walker.next(&mut member) {
            Ok(true) => {}
            Ok(false) => return walk,
            Err(fault) => {
                walk.fault = Some(fault);
                return walk;
            }
        }
        let mut content = Vec::new();
        let (_, fault) = if reads {
            walker.content(Some(&mut |bytes| content.extend_from_slice(bytes)))
        } else {
            walker.content(None)
        };
        walk.entries.push((member.clone(), content));
        if fault.is_some() {
            walk.fault = fault;
            return walk;
        }
    }
}

/// Walks a tar in both ways, which must agree.
fn walk(tar: &[u8]) -> Walk {
    let blob = Blob::of_memory(tar.to_vec());
    let sought = drive(&mut Walker::new(SeekableInput::new(&blob)), false);
    let streamed = drive(&mut Walker::new(StreamInput::new(tar)), true);
    assert_eq!(sought.shapes(), streamed.shapes(), "sought and streamed");
    let place = |walk: &Walk| walk.fault.as_ref().map(ToString::to_string);
    assert_eq!(place(&sought), place(&streamed), "sought and streamed");
    for ((sought, _), (streamed, content)) in sought.entries.iter().zip(&streamed.entries) {
        assert_eq!((sought.data_offset, sought.stored), (streamed.data_offset, streamed.stored));
        let from = usize::try_from(sought.data_offset).expect("small");
        assert!(tar[from..].starts_with(content), "the offset is that of the content");
    }
    streamed
}
