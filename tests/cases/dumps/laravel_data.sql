INSERT INTO public.migrations (id, migration, batch) VALUES (1, '2026_01_01_000000_create_orders_table', 1);
INSERT INTO public.migrations (id, migration, batch) VALUES (2, '2026_01_02_000000_add_note', 1);
INSERT INTO ta.migrations (id, migration, batch) VALUES (1, '2026_01_01_000000_create_orders_table', 1);
INSERT INTO ta.migrations (id, migration, batch) VALUES (2, '2026_01_02_000000_add_note', 1);
SELECT pg_catalog.setval('public.migrations_id_seq', 2, true);
SELECT pg_catalog.setval('ta.migrations_id_seq', 2, true);
