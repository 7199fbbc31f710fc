INSERT INTO public.mikro_orm_migrations (id, name, executed_at) VALUES (1, 'Migration20260101000000_orders', '2026-11-21 07:54:12.034755+00');
INSERT INTO public.mikro_orm_migrations (id, name, executed_at) VALUES (2, 'Migration20260102000000', '2026-11-21 07:54:12.034755+00');
INSERT INTO ta.mikro_orm_migrations (id, name, executed_at) VALUES (1, 'Migration20260101000000_orders', '2026-11-21 07:54:12.584737+00');
INSERT INTO ta.mikro_orm_migrations (id, name, executed_at) VALUES (2, 'Migration20260102000000', '2026-11-21 07:54:12.584737+00');
SELECT pg_catalog.setval('public.mikro_orm_migrations_id_seq', 2, true);
SELECT pg_catalog.setval('ta.mikro_orm_migrations_id_seq', 2, true);
