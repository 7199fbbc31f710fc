CREATE SCHEMA IF NOT EXISTS ta;
CREATE SCHEMA IF NOT EXISTS tb;
CREATE SCHEMA IF NOT EXISTS tc;
CREATE TABLE public.knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);
CREATE SEQUENCE public.knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.knex_migrations_id_seq OWNED BY public.knex_migrations.id;
CREATE TABLE public.knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);
CREATE SEQUENCE public.knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.knex_migrations_lock_index_seq OWNED BY public.knex_migrations_lock.index;
CREATE TABLE ta.knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);
CREATE SEQUENCE ta.knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE ta.knex_migrations_id_seq OWNED BY ta.knex_migrations.id;
CREATE TABLE ta.knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);
CREATE SEQUENCE ta.knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE ta.knex_migrations_lock_index_seq OWNED BY ta.knex_migrations_lock.index;
CREATE TABLE tb.knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);
CREATE SEQUENCE tb.knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE tb.knex_migrations_id_seq OWNED BY tb.knex_migrations.id;
CREATE TABLE tb.knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);
CREATE SEQUENCE tb.knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE tb.knex_migrations_lock_index_seq OWNED BY tb.knex_migrations_lock.index;
CREATE TABLE tc.knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);
CREATE SEQUENCE tc.knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE tc.knex_migrations_id_seq OWNED BY tc.knex_migrations.id;
CREATE TABLE tc.knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);
CREATE SEQUENCE tc.knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE tc.knex_migrations_lock_index_seq OWNED BY tc.knex_migrations_lock.index;
ALTER TABLE ONLY public.knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.knex_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.knex_migrations_lock_index_seq'::regclass);
ALTER TABLE ONLY ta.knex_migrations ALTER COLUMN id SET DEFAULT nextval('ta.knex_migrations_id_seq'::regclass);
ALTER TABLE ONLY ta.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('ta.knex_migrations_lock_index_seq'::regclass);
ALTER TABLE ONLY tb.knex_migrations ALTER COLUMN id SET DEFAULT nextval('tb.knex_migrations_id_seq'::regclass);
ALTER TABLE ONLY tb.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('tb.knex_migrations_lock_index_seq'::regclass);
ALTER TABLE ONLY tc.knex_migrations ALTER COLUMN id SET DEFAULT nextval('tc.knex_migrations_id_seq'::regclass);
ALTER TABLE ONLY tc.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('tc.knex_migrations_lock_index_seq'::regclass);
ALTER TABLE ONLY public.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);
ALTER TABLE ONLY public.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ta.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);
ALTER TABLE ONLY ta.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tb.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);
ALTER TABLE ONLY tb.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tc.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);
ALTER TABLE ONLY tc.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);
