//! The screen, driven by keys and looked at.
#![cfg(feature = "terminal")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod driver;
mod fixture;

use driver::Driver;

#[test]
fn look() {
    let (w, h): (u16, u16) = match std::env::var("SIZE") {
        Ok(size) => {
            let (w, h) = size.split_once('x').unwrap();
            (w.parse().unwrap(), h.parse().unwrap())
        }
        Err(_) => (80, 24),
    };
    let f = match std::env::var("IMG").as_deref() {
        Ok("broken") => fixture::broken(),
        Ok("empty") => fixture::empty(),
        Ok("large") => fixture::large(40, 5000),
        _ => fixture::shop(),
    };
    for script in std::env::var("KEYS").unwrap_or_default().split('|') {
        println!("=== {script}\n{}", Driver::with(&f, w, h).press(script).text());
    }
}
