use super::*;
use crate::analysis::Identities;
use crate::analysis::test_union::BySize;
use crate::image::{HistoryEntry, Layer, NewEntry, Quiet, pair_history};
use crate::union::testing::{entry, layer};

/// A file of a layer: name, bytes, mode, owner.
type File = (&'static str, u64, u32, i64);

/// The causes of waste in an image. A name that ends with a slash is a folder.
fn causes(layers: &[(&str, &[File])]) -> Vec<Cause> {
    let scans = layers.iter().map(|(_, files)| {
        layer(files.iter().map(|&(name, size, mode, owner)| NewEntry {
            mode,
            uid: owner,
            gid: owner,
            ..entry(name, size)
        }))
    });
    let union = Union::build(scans.collect());
    let mut image = Image { layers: vec![Layer::default(); layers.len()], ..Image::default() };
    let history =
        layers.iter().map(|(step, _)| HistoryEntry { created_by: (*step).to_owned(), ..HistoryEntry::default() });
    (image.steps, _) = pair_history(history.collect(), &mut image.layers);
    let pairs = crate::analysis::pairs(&union);
    let identities = Identities::compare(&union, &BySize, &pairs, &Quiet);
    let analysis = Analysis::new(&union, Some(&identities));
    analysis.causes(&image, &union)
}

/// The largest cause, and its fix.
fn cause(layers: &[(&str, &[File])]) -> (String, FixKind, String) {
    let first = causes(layers).into_iter().next().expect("a cause");
    let summary = format!(
        "{} {} B {} files {}->{} {:?}",
        first.account.name(),
        first.bytes,
        first.files,
        first.stored_by,
        first.wasted_by,
        first.folder
    );
    (summary, first.fix.kind, first.fix.text)
}

const BASE: (&str, &[File]) = ("ADD rootfs.tar /", &[("etc/os", 5, 0o644, 0), ("bin/sh", 7, 0o755, 0)]);

#[test]
fn a_chown_of_everything_copied_becomes_a_flag_of_the_copy() {
    let (said, kind, text) = cause(&[
        BASE,
        ("COPY node_modules /app/m", &[("app/m/a/x", 40, 0o644, 0), ("app/m/b/y", 50, 0o755, 0)]),
        ("RUN chown -R 1000:1000 /app", &[("app/m/a/x", 40, 0o644, 1000), ("app/m/b/y", 50, 0o755, 1000)]),
    ]);
    assert_eq!(said, "rewritten 90 B 2 files 2->3 `app/m`");
    assert_eq!(kind, FixKind::CopyFlags);
    assert_eq!(
        text,
        "only owners changed; use `COPY --chown=1000:1000` in `COPY node_modules /app/m` (layer 2) instead"
    );
}

#[test]
fn a_chmod_of_a_part_gets_a_separate_copy() {
    let (_, kind, text) = cause(&[
        BASE,
        ("COPY . /app", &[("app/run", 40, 0o644, 0), ("app/data", 50, 0o644, 0)]),
        ("RUN chmod 755 /app/run", &[("app/run", 40, 0o755, 0)]),
    ]);
    assert_eq!(kind, FixKind::CopyFlags);
    assert_eq!(
        text,
        "only modes changed; copy `/app/run` with a separate `COPY --chmod=755`, not with `COPY . /app` (layer 2)"
    );
}

#[test]
fn a_chmod_in_symbolic_form_is_reported_as_such_if_folders_match_too() {
    let layers: &[(&str, &[File])] = &[
        BASE,
        ("COPY d /d", &[("d/", 0, 0o700, 0), ("d/s/", 0, 0o700, 0), ("d/s/a", 9, 0o600, 0), ("d/b", 8, 0o700, 0)]),
        (
            "RUN chmod -R a+rX /d",
            &[("d/", 0, 0o755, 0), ("d/s/", 0, 0o755, 0), ("d/s/a", 9, 0o644, 0), ("d/b", 8, 0o755, 0)],
        ),
    ];
    let text = cause(layers).2;
    assert_eq!(text, "only modes changed; use `COPY --chmod=a+rX` in `COPY d /d` (layer 2) instead");
    // One mode for the files would make the folders inaccessible, so it is not an answer.
    let layers: &[(&str, &[File])] = &[
        BASE,
        ("COPY d /d", &[("d/s/", 0, 0o755, 0), ("d/s/a", 9, 0o600, 0), ("d/b", 8, 0o640, 0)]),
        (
            "RUN find /d -type f -exec chmod 604 {} +",
            &[("d/s/", 0, 0o755, 0), ("d/s/a", 9, 0o604, 0), ("d/b", 8, 0o604, 0)],
        ),
    ];
    assert!(cause(layers).2.contains("but not all in the same way: set them in the build context"));
}

#[test]
fn modes_and_owners_are_two_flags_and_what_run_made_is_fixed_there() {
    let both: &[File] = &[("x/a", 9, 0o700, 7), ("x/b", 9, 0o700, 7)];
    let text = cause(&[BASE, ("ADD x /x", &[("x/a", 9, 0o644, 0), ("x/b", 9, 0o600, 0)]), ("RUN fix", both)]).2;
    assert_eq!(
        text,
        "only modes and owners changed; use `ADD --chown=7:7 --chmod=700` in `ADD x /x` (layer 2) instead"
    );
    let (_, kind, text) =
        cause(&[BASE, ("RUN make", &[("x/a", 9, 0o644, 0)]), ("RUN chmod 600 x/a", &[("x/a", 9, 0o600, 0)])]);
    assert_eq!(kind, FixKind::SameStep);
    assert_eq!(text, "only modes changed: do that in `RUN make` (layer 2), so that nothing is stored twice");
}

#[test]
fn files_copied_twice_or_touched_without_a_change_are_reported() {
    let file: &[File] = &[("a", 9, 0o644, 0)];
    let text = cause(&[BASE, ("COPY a /", file), ("COPY a /", file)]).2;
    assert_eq!(
        text,
        "`COPY a /` (layer 3) copies what layer 2 already stored, byte for byte: leave it out of one of them"
    );
    let text = cause(&[BASE, ("COPY a /", file), ("RUN chmod 644 /a", file)]).2;
    assert_eq!(
        text,
        "no mode, owner, attribute or time of the file changed: do not touch it in `RUN chmod 644 /a` (layer 3), or use `COPY --chmod=644` in `COPY a /` (layer 2)"
    );
}

#[test]
fn the_base_image_is_not_fixed_by_moving_a_step() {
    let (_, kind, text) = cause(&[BASE, ("RUN chown 5:5 /bin/sh", &[("bin/sh", 7, 0o755, 5)])]);
    assert_eq!(kind, FixKind::Base);
    assert!(text.starts_with("it belongs to the base image"), "{text}");
    let (_, kind, _) = cause(&[BASE, ("RUN rm /bin/sh", &[("bin/.wh.sh", 0, 0, 0)])]);
    assert_eq!(kind, FixKind::Base);
    let (_, kind, _) = cause(&[BASE, ("RUN upgrade", &[("bin/sh", 8, 0o755, 0)])]);
    assert_eq!(kind, FixKind::Base);
}

#[test]
fn what_is_removed_is_removed_where_it_was_made_or_never_copied() {
    let (said, kind, text) = cause(&[
        BASE,
        ("RUN make", &[("o/a", 9, 0o644, 0), ("o/b/c", 9, 0o644, 0)]),
        ("RUN rm -r o", &[(".wh.o", 0, 0, 0)]),
    ]);
    assert_eq!((said.as_str(), kind), ("removed 18 B 2 files 2->3 `o`", FixKind::SameStep));
    assert_eq!(
        text,
        "remove these files below `/o` at the end of `RUN make` (layer 2), which stores them: layer 3 only hides them"
    );
    let (_, kind, text) =
        cause(&[BASE, ("COPY . .", &[("o/key", 9, 0o644, 0)]), ("RUN rm o/key", &[("o/.wh.key", 0, 0, 0)])]);
    assert_eq!(kind, FixKind::LeaveOut);
    assert_eq!(
        text,
        "keep `/o/key` out of `COPY . .` (layer 2): use `.dockerignore` or copy less; layer 3 only hides it"
    );
    let (_, _, text) = cause(&[
        BASE,
        ("COPY id_rsa /root/.ssh/", &[("root/.ssh/id_rsa", 9, 0o600, 0)]),
        ("RUN rm /root/.ssh/id_rsa", &[("root/.ssh/.wh.id_rsa", 0, 0, 0)]),
    ]);
    assert!(text.starts_with("leave out `COPY id_rsa /root/.ssh/` (layer 2), and mount the key"), "{text}");
    let (_, _, text) = cause(&[
        BASE,
        ("COPY home /root", &[("root/.ssh/id_rsa", 9, 0o600, 0), ("root/.profile", 9, 0o644, 0)]),
        ("RUN rm /root/.ssh/id_rsa", &[("root/.ssh/.wh.id_rsa", 0, 0, 0)]),
    ]);
    assert!(text.starts_with("keep `/root/.ssh/id_rsa` out of `COPY home /root` (layer 2), and mount"), "{text}");
}

#[test]
fn what_was_only_stored_again_before_it_was_removed_is_fixed_where_it_came_from() {
    let text = cause(&[
        BASE,
        ("COPY m /m", &[("m/a.map", 10, 0o644, 0)]),
        ("RUN make", &[("m/a.map", 10, 0o644, 7), ("m/c.map", 90, 0o644, 7)]),
        ("RUN rm /m/*.map", &[("m/.wh.a.map", 0, 0, 0), ("m/.wh.c.map", 0, 0, 0)]),
    ]);
    assert!(text.2.starts_with("remove the `*.map` files below `/m` at the end of `RUN make` (layer 3)"), "{}", text.2);
    let all = causes(&[
        BASE,
        ("COPY m /m", &[("m/a.map", 10, 0o644, 0)]),
        ("RUN chown 7 /m/a.map", &[("m/a.map", 10, 0o644, 7)]),
        ("RUN rm /m/a.map", &[("m/.wh.a.map", 0, 0, 0)]),
    ]);
    assert_eq!((all[0].fix.kind, all[1].fix.kind), (FixKind::CopyFlags, FixKind::LeaveOut));
    assert_eq!(
        all[1].fix.text,
        "keep `/m/a.map` out of `COPY m /m` (layer 2), with `.dockerignore` or by copying less: layer 3 only stores it \
         again, and layer 4 hides it"
    );
}

#[test]
fn a_package_managers_cache_is_mounted() {
    let (_, kind, text) = cause(&[
        BASE,
        ("RUN apt-get update", &[("var/lib/apt/lists/x", 90, 0o644, 0), ("tmp/y", 9, 0o644, 0)]),
        ("RUN rm", &[("var/lib/apt/.wh.lists", 0, 0, 0), ("tmp/.wh.y", 0, 0, 0)]),
    ]);
    assert_eq!(kind, FixKind::CacheMount);
    assert_eq!(
        text,
        "put the `rm` of layer 3 at the end of `RUN apt-get update` (layer 2), or keep the cache out of it with `RUN \
         --mount=type=cache,target=/var/lib/apt/lists`"
    );
}

#[test]
fn a_file_written_twice_names_both_instructions() {
    let (_, kind, text) = cause(&[BASE, ("RUN a", &[("x", 9, 0o644, 0)]), ("RUN b", &[("x", 8, 0o644, 0)])]);
    assert_eq!(kind, FixKind::SameStep);
    assert_eq!(
        text,
        "`RUN a` (layer 2) and `RUN b` (layer 3) both write `/x`: combine them in one `RUN`, so that only the last is stored"
    );
    let (_, kind, _) = cause(&[BASE, ("COPY x /", &[("x", 9, 0o644, 0), ("x", 8, 0o644, 0)])]);
    assert_eq!(kind, FixKind::Builder);
}

#[test]
fn a_moved_file_should_be_created_at_its_new_path() {
    let fetched: &[File] = &[("tmp/tool", 9_000, 0o755, 0), ("tmp/notes", 30, 0o644, 0)];
    let moved: &[File] = &[(".wh.tmp", 0, 0o644, 0), ("opt/tool", 9_000, 0o755, 0)];
    let (said, kind, text) = cause(&[BASE, ("RUN fetch", fetched), ("RUN mv /tmp/tool /opt; rm -r /tmp", moved)]);
    assert_eq!((said.as_str(), kind), ("removed 9030 B 2 files 2->3 `tmp`", FixKind::SameStep));
    assert_eq!(
        text,
        "layer 3 moves these files below `/tmp`, such as `/tmp/tool` to `/opt/tool`, and so stores them again: put them \
         there in `RUN fetch` (layer 2)"
    );
    let (_, kind, text) = cause(&[("ADD rootfs.tar /", fetched), ("RUN mv /tmp/tool /opt", moved)]);
    assert_eq!(kind, FixKind::Base);
    assert!(text.ends_with("it belongs to the base image, so use a symlink instead"), "{text}");
}

#[test]
fn a_file_with_only_the_size_of_a_removed_one_was_not_moved() {
    let other: &[File] = &[(".wh.a", 0, 0o644, 0), ("b", 9_001, 0o644, 0)];
    let (_, _, text) = cause(&[BASE, ("RUN fetch", &[("a", 9_000, 0o644, 0)]), ("RUN rm a", other)]);
    assert_eq!(text, "remove `/a` at the end of `RUN fetch` (layer 2), which stores it: layer 3 only hides it");
}
