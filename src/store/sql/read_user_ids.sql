-- Users to make events about; in order, so that a seed gives the same events again.
select id from public.users order by id limit $1
