//! Schema and tables as they should not be.

use crate::place::{Place, execute};

/// What `check` says after this SQL was executed on a right set-up.
async fn after(sql: &str) -> crate::place::Said {
    let place = Place::right().await;
    let mut conn = place.database.connect().await;
    execute(&mut conn, sql).await;
    place.check().await
}

#[tokio::test]
async fn a_database_that_was_never_migrated_fails_and_is_told_how_to() {
    let said = Place::with_topics(&[&[]]).await.check().await;
    said.only(
        "fail",
        &[
            ("schema: ", "are missing; run `audiohm-ingest migrate up`"),
            (
                "library tables: public.listening_history",
                "`audiohm-ingest migrate up` makes it",
            ),
            ("library tables: public.liked_tracks", "is not there"),
        ],
    );
    assert!(
        said.with("skip")
            .iter()
            .any(|it| it.starts_with("positions: the schema"))
    );
    assert_eq!(said.code, 1);
}

#[tokio::test]
async fn a_newer_schema_fails() {
    let said = after(
        "insert into ingest._sqlx_migrations (version, description, success, checksum, execution_time)
         values (99990101000000, 'of the future', true, '\\x00', 0)",
    )
    .await;
    said.only(
        "fail",
        &[(
            "schema: a newer program migrated the database, to version 99990101000000",
            "run that program",
        )],
    );
}

#[tokio::test]
async fn every_difference_of_a_library_table_is_a_line() {
    let said = after(
        "alter table public.liked_tracks add constraint one_note unique (notes);
         alter table public.listening_history drop constraint listening_history_user_id_fkey;
         drop index public.ix_listening_history_played_at",
    )
    .await;
    said.only(
        "fail",
        &[
            (
                "library tables: public.listening_history, foreign key (user_id)",
                "found nothing",
            ),
            (
                "library tables: public.liked_tracks, constraint one_note",
                "001_add_library_tables",
            ),
        ],
    );
    said.only(
        "warn",
        &[("library tables: public.listening_history, index", "(played_at)")],
    );
}

#[tokio::test]
async fn parents_without_their_key_fail() {
    let said = after("alter table public.users drop constraint users_pkey cascade").await;
    let failed = said.with("fail").join("\n");
    assert!(failed.contains("parent tables: public.users, primary key"), "{failed}");
}

#[tokio::test]
async fn foreign_keys_that_are_switched_off_fail_and_unchecked_ones_are_warned_of() {
    let said = after(
        "alter table public.liked_tracks disable trigger all;
         alter table public.listening_history drop constraint listening_history_user_id_fkey;
         alter table public.listening_history add constraint unchecked foreign key (user_id)
             references public.users (id) on delete cascade not valid",
    )
    .await;
    said.only(
        "fail",
        &[
            (
                "foreign keys: liked_tracks_track_id_fkey is switched off",
                "enable trigger all",
            ),
            (
                "foreign keys: liked_tracks_user_id_fkey is switched off",
                "enable trigger all",
            ),
        ],
    );
    said.only("warn", &[("foreign keys: unchecked", "validate constraint unchecked")]);
}

#[tokio::test]
async fn foreign_triggers_are_warned_of_and_switched_off_ones_are_not() {
    let said = after(
        "create function public.audit() returns trigger language plpgsql as 'begin return new; end';
         create trigger audit_plays after insert on public.listening_history
             for each row execute function public.audit();
         create trigger audit_likes after insert on public.liked_tracks
             for each row execute function public.audit();
         alter table public.liked_tracks disable trigger audit_likes",
    )
    .await;
    said.only("fail", &[]);
    said.only(
        "warn",
        &[(
            "triggers: audit_plays on public.listening_history calls public.audit",
            "neither refuses",
        )],
    );
    assert_eq!(said.code, 0);
}

#[tokio::test]
async fn an_index_that_is_not_the_backends_is_named_only_if_another_one_stands_in_for_it() {
    let said = after(
        "create index by_source on public.listening_history (source);
         create index by_track_and_time on public.listening_history (track_id, played_at desc);
         create index part on public.listening_history (id) where completed",
    )
    .await;
    let found = said.with("ok").join("\n");
    assert!(found.contains("indexes: 6 that another one stands in for"), "{found}");
    assert!(
        found.contains("ix_listening_history_track_id (by_track_and_time)"),
        "{found}"
    );
}

#[tokio::test]
async fn what_a_redundant_index_takes_is_told_by_its_size_and_the_rows_that_were_counted() {
    let place = Place::right().await;
    let mut conn = place.database.connect().await;
    execute(
        &mut conn,
        "insert into public.users values (gen_random_uuid());
         insert into public.tracks values (gen_random_uuid());
         insert into public.listening_history (id, user_id, track_id, played_at)
             select gen_random_uuid(), users.id, tracks.id, now()
             from public.users, public.tracks, generate_series(1, 40000)",
    )
    .await;
    execute(&mut conn, "vacuum analyze public.listening_history").await;
    let found = place.check().await.with("ok").join("\n");
    let (_, told) = found.split_once(" MiB in all, ").expect(&found);
    let bytes: u32 = told.split(' ').next().unwrap().parse().unwrap();
    // two indexes, of 16 bytes a key and what goes with it
    assert!((40..200).contains(&bytes), "{bytes} bytes a row in\n{found}");
    assert!(found.contains("each takes about 3 us"), "{found}");
}
