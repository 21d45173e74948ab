//! Real Alembic, from the package index, makes the tables as the backend does; the worker comes and goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use audiohm_ingest::store::migrations::{DownRequest, LibraryTables, MigrateError, UpRequest, down, up};

use crate::catalog::{dump, identity};
use crate::database::FreshDatabase;

/// The project that stands for the backend's.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alembic")
}

/// A virtual environment with Alembic, made once and kept with the build's other files.
fn alembic_program() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alembic");
    let requirements = project().join("requirements.txt");
    let installed = environment.join("installed.txt");
    if std::fs::read(&installed).ok() != Some(std::fs::read(&requirements).unwrap()) {
        execute_program(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        );
        execute_program(
            Command::new(environment.join("bin/pip"))
                .args(["install", "--quiet", "--requirement"])
                .arg(&requirements),
        );
        std::fs::copy(&requirements, &installed).unwrap();
    }
    environment.join("bin/alembic")
}

fn execute_program(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
}

async fn alembic(database: &FreshDatabase, words: &[&'static str]) {
    let mut command = Command::new(alembic_program());
    command
        .current_dir(project())
        .env("DATABASE_URL", database.url())
        // its cache would lie among the sources
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(words);
    tokio::task::spawn_blocking(move || execute_program(&mut command))
        .await
        .unwrap();
}

/// One test, since the environment must not be made twice at once.
#[tokio::test]
async fn the_worker_comes_and_goes_beside_real_alembic() {
    tables_of_alembic_are_adopted_and_survive().await;
    tables_made_before_alembic_are_handed_over().await;
}

async fn tables_of_alembic_are_adopted_and_survive() {
    let database = FreshDatabase::empty().await;
    let mut conn = database.connect().await;
    alembic(&database, &["upgrade", "head"]).await;
    let before = (dump(&mut conn).await, identity(&mut conn).await);

    let outcome = up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::Adopted);
    assert_eq!(outcome.warnings, []);
    assert_eq!(identity(&mut conn).await, before.1);
    let outcome = down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(outcome.kept.len(), 2);
    assert_eq!((dump(&mut conn).await, identity(&mut conn).await), before);

    // the backend's own way down is free, also while the worker is there
    up(&mut conn, UpRequest::default()).await.unwrap();
    alembic(&database, &["downgrade", "base"]).await;
    assert_eq!(identity(&mut conn).await, []);
    down(&mut conn, DownRequest::default()).await.unwrap();
}

async fn tables_made_before_alembic_are_handed_over() {
    let database = FreshDatabase::empty().await;
    let mut conn = database.connect().await;
    alembic(&database, &["upgrade", "000_base"]).await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::ManagedByAlembic), "{error}");

    // what the worker makes is what Alembic would have made
    alembic(&database, &["upgrade", "head"]).await;
    let by_alembic = dump(&mut conn).await;
    alembic(&database, &["downgrade", "000_base"]).await;
    let request = UpRequest {
        create_library_tables: true,
        ..UpRequest::default()
    };
    up(&mut conn, request).await.unwrap();
    alembic(&database, &["stamp", "001_add_library_tables"]).await;
    let error = down(&mut conn, DownRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::TakenOverByAlembic(_)), "{error}");
    let request = DownRequest {
        keep_library_tables: true,
        ..DownRequest::default()
    };
    down(&mut conn, request).await.unwrap();
    assert_eq!(dump(&mut conn).await, by_alembic);

    alembic(&database, &["downgrade", "base"]).await;
}
