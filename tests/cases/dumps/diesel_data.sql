-- written by Diesel 2.2.7 (diesel_migrations 2.2.0): run_pending_migrations, once for each schema
INSERT INTO public.__diesel_schema_migrations (version, run_on) VALUES ('00000000000000', '2026-11-21 16:27:02.39139');
INSERT INTO public.__diesel_schema_migrations (version, run_on) VALUES ('20260101000000', '2026-11-21 16:27:02.422956');
INSERT INTO public.__diesel_schema_migrations (version, run_on) VALUES ('20260102000000', '2026-11-21 16:27:02.571305');
INSERT INTO public.__diesel_schema_migrations (version, run_on) VALUES ('20260103000000', '2026-11-21 16:27:02.57217');
INSERT INTO public.__diesel_schema_migrations (version, run_on) VALUES ('v1.23', '2026-11-21 16:27:03.070022');
INSERT INTO ta.__diesel_schema_migrations (version, run_on) VALUES ('00000000000000', '2026-11-21 16:27:03.364526');
INSERT INTO ta.__diesel_schema_migrations (version, run_on) VALUES ('20260101000000', '2026-11-21 16:27:03.374689');
INSERT INTO ta.__diesel_schema_migrations (version, run_on) VALUES ('20260102000000', '2026-11-21 16:27:03.378648');
INSERT INTO ta.__diesel_schema_migrations (version, run_on) VALUES ('20260103000000', '2026-11-21 16:27:03.378712');
INSERT INTO ta.__diesel_schema_migrations (version, run_on) VALUES ('v1.23', '2026-11-21 16:27:03.382172');
