INSERT INTO public.pgmigrations (id, name, run_on) VALUES (1, '1767225600000_create-orders', '2026-11-21 07:32:35.2672');
INSERT INTO public.pgmigrations (id, name, run_on) VALUES (2, '20260102000000000_add-note', '2026-11-21 07:32:35.2672');
SELECT pg_catalog.setval('public.pgmigrations_id_seq', 2, true);
