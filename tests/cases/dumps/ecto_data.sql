INSERT INTO public.schema_migrations (version, inserted_at) VALUES (20260101000000, '2026-11-21 07:59:09');
INSERT INTO public.schema_migrations (version, inserted_at) VALUES (20260102000000, '2026-11-21 07:59:09');
INSERT INTO public.schema_migrations (version, inserted_at) VALUES (7, '2026-11-21 07:59:11');
INSERT INTO ta.schema_migrations (version, inserted_at) VALUES (7, '2026-11-21 07:59:10');
INSERT INTO ta.schema_migrations (version, inserted_at) VALUES (20260101000000, '2026-11-21 07:59:10');
INSERT INTO ta.schema_migrations (version, inserted_at) VALUES (20260102000000, '2026-11-21 07:59:10');
