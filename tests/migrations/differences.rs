//! Each way in which existing library tables may differ, with the words that say so.

use audiohm_ingest::store::migrations::{MigrateError, UpRequest, up};

use crate::adoption::LIBRARY_TABLES;
use crate::catalog::{dump, execute};
use crate::database::FreshDatabase;

/// What is done to matching tables, and the lines of the refusal.
const CASES: &[(&str, &[&str])] = &[
    (
        "alter table public.listening_history alter source type varchar(40)",
        &[
            "public.listening_history, column source: expected character varying(50) null, found character varying(40) null",
        ],
    ),
    (
        "alter table public.liked_tracks alter notes type text",
        &["public.liked_tracks, column notes: expected character varying(1000) null, found text null"],
    ),
    (
        "alter table public.listening_history alter played_at type timestamptz",
        &[
            "public.listening_history, column played_at: expected timestamp without time zone not null with a default, \
           found timestamp with time zone not null with a default",
        ],
    ),
    (
        "alter table public.listening_history drop completed",
        &["public.listening_history, column completed: expected boolean not null with a default, found nothing"],
    ),
    (
        "alter table public.listening_history alter played_for drop not null",
        &[
            "public.listening_history, column played_for: expected integer not null with a default, \
           found integer null with a default",
        ],
    ),
    (
        "alter table public.liked_tracks alter created_at drop default",
        &[
            "public.liked_tracks, column created_at: expected timestamp without time zone not null with a default, \
           found timestamp without time zone not null",
        ],
    ),
    (
        "alter table public.liked_tracks add mood text not null",
        &[
            "public.liked_tracks, column mood: expected no further column that is not null and has no default, \
           found text not null",
        ],
    ),
    (
        "alter table public.liked_tracks drop constraint uq_liked",
        &["public.liked_tracks, unique (user_id, track_id): expected a unique constraint, found nothing"],
    ),
    (
        "alter table public.liked_tracks drop constraint uq_liked;
         alter table public.liked_tracks add unique (user_id, track_id) deferrable",
        &[
            "public.liked_tracks, unique (user_id, track_id): expected a unique constraint, \
           found unique index (user_id, track_id), deferrable",
        ],
    ),
    (
        "alter table public.listening_history drop constraint pk_listening_history",
        &["public.listening_history, primary key: expected (id), found nothing"],
    ),
    (
        "create unique index one_source on public.listening_history (user_id, source)",
        &[
            "public.listening_history, constraint one_source: expected no further unique index or exclusion constraint, \
           found unique index (user_id, source)",
        ],
    ),
    (
        "create unique index one_note on public.liked_tracks (lower(notes)) where notes is not null",
        &[
            "public.liked_tracks, constraint one_note: expected no further unique index or exclusion constraint, \
           found unique index (an expression), on a part of the rows",
        ],
    ),
    (
        "alter table public.listening_history add constraint apart exclude (played_at with =)",
        &[
            "public.listening_history, constraint apart: expected no further unique index or exclusion constraint, \
           found exclusion constraint (played_at)",
        ],
    ),
    (
        "alter table public.listening_history add constraint brief check (played_for < 60)",
        &[
            "public.listening_history, constraint brief: expected no further check or foreign key on the worker's columns, \
           found CHECK ((played_for < 60))",
        ],
    ),
    (
        "alter table public.liked_tracks drop constraint fk_liked_user",
        &[
            "public.liked_tracks, foreign key (user_id): expected references public.users (id) on delete cascade, \
           found nothing",
        ],
    ),
    (
        "alter table public.liked_tracks drop constraint fk_liked_track;
         alter table public.liked_tracks add constraint fk_liked_track foreign key (track_id)
             references public.tracks (id)",
        &[
            "public.liked_tracks, foreign key (track_id): expected references public.tracks (id) on delete cascade, \
           found FOREIGN KEY (track_id) REFERENCES tracks(id)",
        ],
    ),
    (
        "alter table public.liked_tracks add constraint second foreign key (user_id) references public.tracks (id)",
        &[
            "public.liked_tracks, constraint second: expected no further check or foreign key on the worker's columns, \
           found FOREIGN KEY (user_id) REFERENCES tracks(id)",
        ],
    ),
    (
        "drop table public.listening_history",
        &["public.listening_history is not there"],
    ),
    (
        "alter table public.liked_tracks rename to likes;
         create view public.liked_tracks as select * from public.likes",
        &["public.liked_tracks, the table: expected a table, found a view"],
    ),
    (
        "alter table public.listening_history alter source type text;
         alter table public.liked_tracks drop constraint uq_liked",
        &[
            "public.listening_history, column source: expected character varying(50) null, found text null",
            "public.liked_tracks, unique (user_id, track_id): expected a unique constraint, found nothing",
        ],
    ),
];

#[tokio::test]
async fn each_difference_is_refused_in_one_line_and_nothing_is_changed() {
    for (change, lines) in CASES {
        let database = FreshDatabase::with_parents().await;
        let mut conn = database.connect().await;
        execute(&mut conn, LIBRARY_TABLES).await;
        execute(&mut conn, change).await;
        let before = dump(&mut conn).await;
        match up(&mut conn, UpRequest::default()).await {
            Err(MigrateError::LibraryTables(differences)) => {
                let found: Vec<_> = differences.iter().map(ToString::to_string).collect();
                assert_eq!(found, *lines, "after {change}");
            }
            other => panic!("after {change}: {other:?}"),
        }
        assert_eq!(dump(&mut conn).await, before, "after {change}");
    }
}
