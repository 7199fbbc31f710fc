CREATE SCHEMA IF NOT EXISTS ta;
CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);
CREATE TABLE ta.schema_migrations (
    version character varying NOT NULL
);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY ta.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
