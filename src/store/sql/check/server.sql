-- What the server is and how this session may use it.
select
    quote_ident(current_user) as "role!",
    current_database()::text as "database!",
    current_setting('server_version') as "version!",
    current_setting('server_version_num')::integer as "version_number!",
    current_setting('server_encoding') as "encoding!",
    pg_is_in_recovery() as "is_standby!",
    current_setting('default_transaction_read_only')::boolean as "is_read_only!",
    current_setting('fsync')::boolean as "fsync!",
    current_setting('full_page_writes')::boolean as "full_page_writes!",
    current_setting('synchronous_commit') as "synchronous_commit!"
