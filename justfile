# The steps of .ci/run, one by one. `just` lists them.

default:
    @just --list

# All steps, as CI runs them
gate:
    .ci/run

# Formatting
format:
    cargo fmt --check

# Lints
lint:
    cargo clippy --quiet --all-targets -- -D warnings

# Documentation without warnings
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items

# The library alone
library:
    cargo build --quiet --no-default-features

# Tests, all or those with a name: `just test second_opinion`
test *name:
    INSTA_UPDATE=no INSTA_FORCE_PASS=0 cargo test {{name}}

# The tar reader against Go's archive/tar
go-tar:
    tests/go-tar/fresh

# Comparison with real engines; takes root and Debian
engines:
    tests/engines/start
    LAYERSCOPE_ENGINES=1 cargo test --test engines
    tests/engines/stop

# Licences and duplicate crates
deny:
    cargo deny check licenses bans

# Writes the seeds of the fuzzers into fuzz/corpus, and runs one of them
fuzz target seconds="60":
    cargo run --example seeds
    cargo +nightly fuzz run {{target}} fuzz/corpus/{{target}} tests/corpus/{{target}} -- -max_total_time={{seconds}}

# The demo
demo:
    cargo run --profile quick -- demo
