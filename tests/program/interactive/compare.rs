//! Two images on the screen.

use crate::terminal::Terminal;
use crate::tool::layerscope;

#[test]
fn two_images_are_compared_opened_and_left() {
    let mut terminal = Terminal::run(&["demo:1.4", "demo:1.5"], 100, 30);
    terminal.wait_for("Layers of both");
    terminal.wait_for("push 50 kB in 10 blobs; 37 kB already there (5 blobs)");
    terminal.wait_for("rebuilt");
    terminal.keys("\r\r");
    terminal.wait_for("What differs between layer 5 of A and layer 5 of B · /srv");
    terminal.keys("/cart");
    terminal.wait_for("srv/shop/lib/cart.js");
    terminal.keys("\r\x1b");
    terminal.wait_for("What differs between layer 5 of A and layer 5 of B · /srv");
    terminal.keys("/cart\r\r");
    terminal.wait_gone("Layers of both");
    terminal.wait_for("cart.js");
    terminal.keys("\x1b");
    terminal.wait_for("Layers of both");
    terminal.keys("\x03");
    terminal.end();
    terminal.assert_restored();
}

#[test]
fn the_demo_is_compared_with_its_next_build() {
    let mut terminal = Terminal::run(&["demo", "demo:1.5"], 100, 30);
    terminal.wait_for("Layers of both · A shop:1.4 · B shop:1.5");
    terminal.keys("\x1b[F");
    terminal.wait_for("metadata only");
    terminal.keys("\x03");
    terminal.end();
}

#[test]
fn what_is_about_one_image_is_refused_for_two() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/docker20-multi.tar");
    for (option, value) in [("--image", "@1"), ("--dockerfile", "x"), ("--base", "debian"), ("--container", "x.tar")] {
        let refusal = layerscope(&["demo:1.4", "demo:1.5", option, value]).refusal();
        assert!(refusal.contains(option) && refusal.contains("two are compared"), "{refusal}");
        let mut terminal = Terminal::run(&["demo:1.4", "demo:1.5", option, value], 100, 30);
        terminal.wait_for("two are compared");
        terminal.end();
    }
    let [first, second] = [0, 1].map(|at| format!("{file}@{at}"));
    let text = layerscope(&[&first, &second]).ok().text().to_owned();
    assert_eq!(text, layerscope(&["compare", &first, &second]).ok().text());
    assert!(layerscope(&["demo:1.4", "demo:1.5", "--platform", "linux/amd64"]).ok().text().contains("rebuilt"));
    let refusal = layerscope(&["demo:1.4", "demo:1.5", "--platform", "linux/s390x"]).refusal();
    assert!(refusal.contains("linux/s390x"), "of both: {refusal}");
}

#[test]
fn without_a_terminal_two_images_are_compared_as_text() {
    let text = layerscope(&["demo:1.4", "demo:1.5"]).ok().text().to_owned();
    assert_eq!(text, layerscope(&["compare", "demo:1.4", "demo:1.5"]).ok().text());
}
