#![no_main]

#[path = "../../tests/testing/mod.rs"]
mod testing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| testing::fuzzing::json_readers(bytes));
