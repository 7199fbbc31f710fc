vacuum pg_class;
