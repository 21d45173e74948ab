create table ingest._sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamptz not null default now(),
    success boolean not null,
    checksum bytea not null,
    execution_time bigint not null
);
comment on table ingest._sqlx_migrations is
    'migrations applied to this database, in the form that sqlx reads';
comment on column ingest._sqlx_migrations.version is
    'version of the migration: the number its files begin with';
comment on column ingest._sqlx_migrations.description is
    'name of the migration';
comment on column ingest._sqlx_migrations.installed_on is
    'when it was applied';
comment on column ingest._sqlx_migrations.success is
    'always true: a migration that fails leaves nothing behind';
comment on column ingest._sqlx_migrations.checksum is
    'SHA-384 of the text that was executed';
comment on column ingest._sqlx_migrations.execution_time is
    'always -1: not measured, since all migrations of one call are one transaction'
