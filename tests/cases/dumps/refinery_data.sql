-- written by refinery 0.9.1 (14354f5): Runner::run, once for each schema
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (1, 'create_orders', '2026-11-21T16:27:04.119913096Z', '3391827667293800947');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (2, 'add_note', '2026-11-21T16:27:04.119954057Z', '5851099272704738592');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (10, 'windows', '2026-11-21T16:27:04.474356867Z', '8772365710723547980');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (11, 'städte', '2026-11-21T16:27:04.474385139Z', '16436481438597971023');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (5, 'between', '2026-11-21T16:27:05.040872022Z', '11680209536497693158');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (1, 'create_orders', '2026-11-21T16:27:05.447310977Z', '3391827667293800947');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (2, 'add_note', '2026-11-21T16:27:05.447347792Z', '5851099272704738592');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (5, 'between', '2026-11-21T16:27:05.447350676Z', '11680209536497693158');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (10, 'windows', '2026-11-21T16:27:05.44735317Z', '8772365710723547980');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (11, 'städte', '2026-11-21T16:27:05.447355263Z', '16436481438597971023');
