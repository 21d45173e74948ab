//! What the program does not do, and how it says so.

use crate::database::FreshDatabase;
use crate::harness::Scene;
use sqlx::Executor;
use std::net::TcpListener;

#[tokio::test]
async fn run_refuses_a_database_that_is_not_migrated_and_says_what_to_do() {
    let scene = Scene::not_migrated(FreshDatabase::with_parents().await, 1);
    let finished = scene.run(&["run"]).await;
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("audiohm-ingest migrate up"),
        "{}",
        finished.stderr
    );
    assert_eq!(finished.stdout, "");
}

#[tokio::test]
async fn run_refuses_a_schema_of_a_newer_program() {
    let scene = Scene::new(1, 1).await;
    let newer = "insert into ingest._sqlx_migrations (version, description, success, checksum, execution_time)
        values (99990101000000, 'from the future', true, '\\x00', -1)";
    scene.database.connect().await.execute(newer).await.unwrap();
    let finished = scene.run(&["run"]).await;
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("newer program (version 99990101000000)"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn run_refuses_to_leave_out_foreign_keys_beside_a_trigger() {
    let mut scene = Scene::new(1, 1).await;
    let trigger = "create function public.note() returns trigger language plpgsql as 'begin return new; end';
         create trigger note after insert on liked_tracks for each row execute function public.note()";
    scene.database.connect().await.execute(trigger).await.unwrap();
    scene.set("WRITER__PARENT_CHECK", "batched");
    let finished = scene.run(&["run"]).await;
    assert_eq!(finished.code, Some(78));
    assert!(
        finished.stderr.contains("note on public.liked_tracks"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn run_names_every_fault_of_the_settings_at_once() {
    let mut scene = Scene::not_migrated(FreshDatabase::empty().await, 1);
    scene.set("BATCH__MAX_ROWS", "0");
    scene.set("KAFKA__TOPIC", "plays");
    scene.set("PARENTS__PATIENCE", "soon");
    let finished = scene.run(&["run"]).await;
    assert_eq!(finished.code, Some(78));
    for key in ["batch.max_rows", "INGEST__KAFKA__TOPICS", "parents.patience"] {
        assert!(finished.stderr.contains(key), "{key} is not in: {}", finished.stderr);
    }
}

#[tokio::test]
async fn run_says_so_when_its_admin_port_is_taken() {
    let mut scene = Scene::not_migrated(FreshDatabase::empty().await, 1);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    scene.set("ADMIN__LISTEN", &address);
    let finished = scene.run(&["run"]).await;
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("admin.listen") && finished.stderr.contains(&address),
        "{}",
        finished.stderr
    );
}
