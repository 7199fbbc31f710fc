INSERT INTO public.migrations (id, "timestamp", name) VALUES (1, 1767225600000, 'CreateOrders1767225600000');
INSERT INTO public.migrations (id, "timestamp", name) VALUES (2, 1767312000000, 'AddNote1767312000000');
SELECT pg_catalog.setval('public.migrations_id_seq', 2, true);
