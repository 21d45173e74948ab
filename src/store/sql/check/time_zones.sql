-- Time zones that sessions in this database begin with, where something overrides the server's own. No role
-- means every role.
select
    setting.setdatabase <> 0 as "is_of_database!",
    role.rolname::text as "role?",
    substr(entry.text, strpos(entry.text, '=') + 1) as "zone!"
from pg_catalog.pg_db_role_setting as setting
cross join unnest(setting.setconfig) as entry (text)
left join pg_catalog.pg_roles as role on role.oid = setting.setrole
where setting.setdatabase in (
        0, (select database.oid from pg_catalog.pg_database as database where database.datname = current_database())
    )
    and lower(split_part(entry.text, '=', 1)) = 'timezone'
order by setting.setdatabase desc, role.rolname nulls first
