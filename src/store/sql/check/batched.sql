-- The server's major version, and who asks.
select
    current_setting('server_version_num')::integer / 10000 as "version!",
    quote_ident(current_user) as "role!"
