# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# no versions: Debian keeps only the newest of a package, and a pinned one is gone some day
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The dependencies, built with an empty program: this layer is made anew only when one of the two files changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src benches tests \
    && touch src/lib.rs benches/drain.rs benches/scrape.rs benches/stages.rs tests/faults.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked \
    && rm -r src benches tests

# The statements were checked against a database when .sqlx was written; here there is none.
ENV SQLX_OFFLINE=true
COPY . .
# cargo compares times, and the copied files are older than the empty program
RUN touch src/lib.rs src/main.rs \
    && cargo build --release --locked --bin audiohm-ingest

# glibc, libgcc, OpenSSL, certificates and time zones; no shell, no package manager
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="audiohm-ingest" \
      org.opencontainers.image.description="Takes play, like and unlike events from Kafka and keeps AudiOhm's tables right" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /build/target/release/audiohm-ingest /usr/local/bin/audiohm-ingest
# the image's own "nonroot", as a number: Kubernetes cannot tell of a name that it is not root
USER 65532:65532
# a library that is missing here fails the build and not the start
RUN ["/usr/local/bin/audiohm-ingest", "--version"]
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/audiohm-ingest", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/audiohm-ingest"]
CMD ["run"]
