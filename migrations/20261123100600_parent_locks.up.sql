-- `for key share` wants the right to update, which the worker's role must not have on users and tracks.
-- These two functions lock with their owner's rights and can do nothing else. A fixed search_path: nobody
-- can put an operator or a table of their own in the way. Bodies as text, not `begin atomic`: that would
-- make the tables undroppable for the backend. Volatile, because a function that takes locks is.
create function ingest.lock_users(ids uuid[]) returns setof uuid
language sql volatile strict security definer
set search_path = pg_catalog, pg_temp
as $$
    select id from public.users where id = any (ids) order by id for key share
$$;

create function ingest.lock_tracks(ids uuid[]) returns setof uuid
language sql volatile strict security definer
set search_path = pg_catalog, pg_temp
as $$
    select id from public.tracks where id = any (ids) order by id for key share
$$;

-- PostgreSQL lets everyone execute a new function: a lock taken by anyone could hold up the backend's
-- deletes. The owner keeps the right; another role for the worker gets it with its other grants.
revoke execute on function ingest.lock_users(uuid[]) from public;
revoke execute on function ingest.lock_tracks(uuid[]) from public;

comment on function ingest.lock_users(uuid[]) is
    'locks these users for key share in the order of their ids, and gives the ids that exist';
comment on function ingest.lock_tracks(uuid[]) is
    'locks these tracks for key share in the order of their ids, and gives the ids that exist';
