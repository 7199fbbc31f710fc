-- written by Doctrine Migrations 3.8.2 on DBAL 4.2.3: migrations:migrate, once for each schema
INSERT INTO public.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260101000000', '2026-11-21 16:27:27', 7);
INSERT INTO public.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260102000000', '2026-11-21 16:27:27', 1);
INSERT INTO public.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('Shop\Late\Version20250101000000', '2026-11-21 16:27:28', 0);
INSERT INTO public.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260102500000', '2026-11-21 16:27:30', 3);
INSERT INTO ta.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260101000000', '2026-11-21 16:27:31', 3);
INSERT INTO ta.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260102000000', '2026-11-21 16:27:31', 1);
INSERT INTO ta.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('DoctrineMigrations\Version20260102500000', '2026-11-21 16:27:31', 1);
INSERT INTO ta.doctrine_migration_versions (version, executed_at, execution_time) VALUES ('Shop\Late\Version20250101000000', '2026-11-21 16:27:31', 0);
