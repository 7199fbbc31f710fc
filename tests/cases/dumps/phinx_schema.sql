-- written by Phinx 0.16.5: migrate, once for each schema, with a breakpoint in public
CREATE SCHEMA IF NOT EXISTS ta;
CREATE TABLE public.phinxlog (
    version bigint NOT NULL,
    migration_name character varying(100),
    start_time timestamp without time zone,
    end_time timestamp without time zone,
    breakpoint boolean DEFAULT false NOT NULL
);
CREATE TABLE ta.phinxlog (
    version bigint NOT NULL,
    migration_name character varying(100),
    start_time timestamp without time zone,
    end_time timestamp without time zone,
    breakpoint boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.phinxlog
    ADD CONSTRAINT phinxlog_pkey PRIMARY KEY (version);
ALTER TABLE ONLY ta.phinxlog
    ADD CONSTRAINT phinxlog_pkey PRIMARY KEY (version);
