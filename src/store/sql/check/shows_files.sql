-- Whether this role may read what the server's files say, and the nearest thing to it that every role sees:
-- making a cluster gives both zones the same value.
select
    has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute')
    and has_table_privilege('pg_catalog.pg_file_settings', 'select') as "may_read!",
    current_setting('log_timezone') as "log_zone!"
