-- A later demo knows by these words that it may use the database: `MARK` in the code is the same text.
comment on table public.tracks is 'stand-in that audiohm-ingest demo made; nothing in this database is real'
