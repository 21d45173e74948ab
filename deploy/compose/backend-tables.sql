-- Stands in for AudiOhm's backend, which owns users and tracks: the worker needs them to exist and looks at nothing
-- but their keys. Against a real AudiOhm database this file has no place: its Alembic makes the tables.
create table users (
    id uuid primary key default gen_random_uuid()
);

create table tracks (
    id uuid primary key default gen_random_uuid()
);
