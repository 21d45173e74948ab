//! The list of rights is the worker's statements': no more, no less.

use std::fs;
use std::path::Path;

use audiohm_ingest::store::check::{Needed, needed};
use sqlx::{Connection, Executor, PgConnection};

use crate::access::restricted;

/// Every statement of the worker, by file.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    let folders = [folder.clone(), folder.join("replays")];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    // read when the worker starts; the rest of that folder is for `migrate`
    files.push(folder.join("migrations/list.sql"));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(file).unwrap())
    };
    files.iter().map(read).collect()
}

/// The statements that this session may not execute. Planning for execution checks the rights, and changes nothing.
async fn refused(conn: &mut PgConnection, statements: &[(String, String)]) -> Vec<String> {
    let mut refused = Vec::new();
    for (name, sql) in statements {
        let tried = if sql.starts_with("copy") {
            begin_copy(conn, sql).await
        } else {
            explain(conn, sql).await
        };
        match tried {
            Ok(()) => {}
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => {
                refused.push(format!("{name}: {error}"));
            }
            Err(error) => panic!("{name}: {error}"),
        }
        conn.execute("deallocate all").await.unwrap();
    }
    refused
}

async fn explain(conn: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    conn.execute(format!("prepare looked_at as {sql}").as_str()).await?;
    let parameters: i32 =
        sqlx::query_scalar("select cardinality(parameter_types) from pg_prepared_statements where name = 'looked_at'")
            .persistent(false)
            .fetch_one(&mut *conn)
            .await?;
    let nulls = vec!["null"; usize::try_from(parameters).unwrap()].join(", ");
    let arguments = if nulls.is_empty() {
        String::new()
    } else {
        format!("({nulls})")
    };
    conn.execute(format!("explain execute looked_at{arguments}").as_str())
        .await?;
    Ok(())
}

/// COPY is not planned: it is begun, and ended before a row.
async fn begin_copy(conn: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    conn.copy_in_raw(sql)
        .await?
        .abort("only the right was of interest")
        .await
}

/// Takes a right away, or gives it back.
async fn change(conn: &mut PgConnection, verb: &str, right: Needed, whose: &str) {
    let sql = format!("{verb} {} on {} {whose}", right.privilege(), right.object());
    conn.execute(sql.as_str()).await.unwrap();
}

#[tokio::test]
async fn each_right_of_the_list_is_needed_and_together_they_are_enough() {
    let (role, place, mut owner) = restricted().await;
    let statements = statements();
    assert!(statements.len() > 20, "the statements are where they were");
    let mut worker = PgConnection::connect(&role.url(&place.database)).await.unwrap();
    // with values a statement may turn out to touch nothing
    worker
        .execute("set plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    assert_eq!(refused(&mut worker, &statements).await, Vec::<String>::new());
    for right in needed() {
        change(&mut owner, "revoke", *right, &format!("from {}", role.name)).await;
        let refused = refused(&mut worker, &statements).await;
        assert!(
            !refused.is_empty(),
            "nothing needs {} on {}",
            right.privilege(),
            right.object()
        );
        change(&mut owner, "grant", *right, &format!("to {}", role.name)).await;
    }
}
