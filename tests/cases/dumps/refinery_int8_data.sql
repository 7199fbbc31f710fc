-- written by refinery 0.9.1 (14354f5): Runner::run, once for each schema, with int8-versions
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (1, 'create_orders', '2026-11-21T16:27:06.374406723Z', '5304257651812734743');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (2, 'add_note', '2026-11-21T16:27:06.374442617Z', '8864335880182810209');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (10, 'windows', '2026-11-21T16:27:06.701467225Z', '7142699462343109375');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (11, 'städte', '2026-11-21T16:27:06.701495617Z', '7503675111948560920');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (20260101000000, 'big', '2026-11-21T16:27:06.701498521Z', '16874901245761494322');
INSERT INTO public.refinery_schema_history (version, name, applied_on, checksum) VALUES (5, 'between', '2026-11-21T16:27:07.281531087Z', '11069588268088890191');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (1, 'create_orders', '2026-11-21T16:27:07.65818209Z', '5304257651812734743');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (2, 'add_note', '2026-11-21T16:27:07.658216862Z', '8864335880182810209');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (5, 'between', '2026-11-21T16:27:07.658220577Z', '11069588268088890191');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (10, 'windows', '2026-11-21T16:27:07.658223161Z', '7142699462343109375');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (11, 'städte', '2026-11-21T16:27:07.658225485Z', '7503675111948560920');
INSERT INTO ta.refinery_schema_history (version, name, applied_on, checksum) VALUES (20260101000000, 'big', '2026-11-21T16:27:07.658228699Z', '16874901245761494322');
