# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The dependencies, built with an empty program: this layer is made anew only when one of the two files changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src benches \
    && echo 'fn main() {}' > benches/drain.rs \
    && echo '//! empty' > src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked \
    && rm -r src benches

# The statements were checked against a database when .sqlx was written; here there is none.
ENV SQLX_OFFLINE=true
COPY . .
# cargo compares times, and the copied files are older than the empty program
RUN touch src/lib.rs src/main.rs \
    && cargo build --release --locked --bin audiohm-ingest

# glibc, libgcc, OpenSSL, certificates and time zones; no shell, no package manager
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/audiohm-ingest /usr/local/bin/audiohm-ingest
USER nonroot
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/audiohm-ingest", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/audiohm-ingest"]
CMD ["run"]
