-- written by Phinx 0.16.5: migrate, once for each schema, with a breakpoint in public
INSERT INTO public.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260101000000, 'CreateOrders', '2026-11-21 16:27:10', '2026-11-21 16:27:10', false);
INSERT INTO public.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260103000000, 'HTMLReport2', '2026-11-21 16:27:10', '2026-11-21 16:27:10', false);
INSERT INTO public.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260104000000, 'CreateOrdersIndex', '2026-11-21 16:27:12', '2026-11-21 16:27:12', false);
INSERT INTO public.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260102000000, 'V20260102000000', '2026-11-21 16:27:10', '2026-11-21 16:27:10', true);
INSERT INTO ta.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260101000000, 'CreateOrders', '2026-11-21 16:27:13', '2026-11-21 16:27:13', false);
INSERT INTO ta.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260102000000, 'V20260102000000', '2026-11-21 16:27:13', '2026-11-21 16:27:13', false);
INSERT INTO ta.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260103000000, 'HTMLReport2', '2026-11-21 16:27:13', '2026-11-21 16:27:13', false);
INSERT INTO ta.phinxlog (version, migration_name, start_time, end_time, breakpoint) VALUES (20260104000000, 'CreateOrdersIndex', '2026-11-21 16:27:13', '2026-11-21 16:27:13', false);
