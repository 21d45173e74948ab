-- Which of these users and tracks exist; locks nothing.
select
    array(select users.id from public.users where users.id = any($1::uuid[])) as "users!",
    array(select tracks.id from public.tracks where tracks.id = any($2::uuid[])) as "tracks!"
