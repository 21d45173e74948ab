-- Users and tracks for the generator to write events about. A second start adds none.
insert into users (id)
select gen_random_uuid() from generate_series(1, 2000)
where not exists (select from users);

insert into tracks (id)
select gen_random_uuid() from generate_series(1, 5000)
where not exists (select from tracks);
