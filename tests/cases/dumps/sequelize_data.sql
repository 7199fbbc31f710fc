INSERT INTO public."SequelizeMeta" (name) VALUES ('20260101000000-create-orders.js');
INSERT INTO public."SequelizeMeta" (name) VALUES ('20260102000000-add-note.cjs');
