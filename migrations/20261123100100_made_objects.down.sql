-- The schema itself goes last, by the program: it still holds the list of applied migrations.
drop table ingest.made_objects;
