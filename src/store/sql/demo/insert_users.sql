insert into public.users (id) select gen_random_uuid() from generate_series(1, $1::bigint)
