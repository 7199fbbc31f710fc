CREATE TABLE public."SequelizeMeta" (
    name character varying(255) NOT NULL
);
ALTER TABLE ONLY public."SequelizeMeta"
    ADD CONSTRAINT "SequelizeMeta_pkey" PRIMARY KEY (name);
