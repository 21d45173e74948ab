# The commands of a working day. `just` alone lists them.

_list:
    @just --list --unsorted

# the whole suite, as it runs before every merge
test:
    scripts/test

# a build, events made up and stored, and what came of it
demo *flags:
    scripts/demo {{ flags }}

# format, lint, and the tests that need no services
quick:
    cargo fmt
    cargo clippy --all-targets --locked -- -D warnings
    cargo test --locked --lib

# Kafka and PostgreSQL for the day; their addresses are printed
up:
    scripts/services start /tmp/audiohm-ingest-services
    cat /tmp/audiohm-ingest-services/env

# and gone again
down:
    scripts/services stop /tmp/audiohm-ingest-services

# the descriptions of the SQL statements, after a change to one or to a migration
sql:
    scripts/prepare-sql

# the generated parts of the pages, after a change to settings, metrics or commands
pages:
    UPDATE_DOCS=1 cargo test --locked --test house

# the documentation, in the browser
doc:
    cargo doc --no-deps --open
