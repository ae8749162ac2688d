//! What an image costs on a disk and in a push, in words.

use crate::analysis::{Analysis, Base};
use crate::cost::{Amount, push_above};
use crate::format::bytes;
use crate::image::{Compression, Image};

use super::words::counted;

/// What a push sends where the registry has the base: the blobs of the layers above it, the configuration and the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnBlobs {
    /// Each blob once, as it is stored.
    pub sent: Amount,
    /// Whether one of them is not compressed, as it would be in a registry.
    pub is_plain: bool,
}

impl OwnBlobs {
    /// `None` where the size of one of them is not known.
    #[must_use]
    pub fn new(image: &Image, base: &Base<'_>) -> Option<Self> {
        let mut own = image.layers.iter().skip(base.layers).filter(|layer| !layer.is_container);
        Some(Self {
            sent: push_above(image, base.layers)?,
            is_plain: own.any(|layer| layer.compression == Some(Compression::None)),
        })
    }

    /// Their bytes, with what a push does about them.
    #[must_use]
    pub fn size(&self) -> String {
        format!("{}{}", bytes(self.sent.bytes), if self.is_plain { " before compression" } else { "" })
    }
}

/// Labels and sentences about what an image uses of a disk.
#[must_use]
pub fn disk_use(image: &Image, analysis: &Analysis) -> Vec<(&'static str, String)> {
    let all = analysis.totals.total();
    let own = image.container().map(|layer| analysis.layer(layer).accounts.total());
    let shared = bytes(all.saturating_sub(own.unwrap_or(0)));
    let mut said = vec![("image", format!("{shared}, once: containers share its layers, which are read-only"))];
    match own {
        Some(own) => {
            let (own, virtual_size) = (bytes(own), bytes(all));
            said.push(("container", format!("{own} in its writable layer; virtual size {virtual_size}")));
        }
        None => said.push(("container", format!("its writable layer, 0 B at first; virtual size {shared} at first"))),
    }
    said.push(("ten of them", format!("{shared}, and what each of the ten containers writes")));
    said
}

/// How the bytes of an image divide into those of its base and those above it; `None` where no base is known.
#[must_use]
pub fn base_share(image: &Image, base: &Base<'_>, analysis: &Analysis) -> Option<String> {
    let layers = image.own_layers();
    let above = layers.checked_sub(base.layers).filter(|_| base.layers > 0)?;
    let size = |skip: usize, take: usize| {
        let part = analysis.layers.iter().skip(skip).take(take);
        bytes(part.fold(0, |sum: u64, layer| sum.saturating_add(layer.accounts.total())))
    };
    let of_base = format!("{} in {}", size(0, base.layers), counted(base.layers, "layer", "layers"));
    Some(format!("{of_base}; above it {} in {}", size(base.layers, above), counted(above, "layer", "layers")))
}
