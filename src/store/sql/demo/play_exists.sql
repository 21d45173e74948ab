-- Whether a play is visible.
select exists (select from public.listening_history where id = $1) as "visible!"
