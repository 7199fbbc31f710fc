INSERT INTO drizzle.__drizzle_migrations (id, hash, created_at) VALUES (1, '1b9adaf49e6055c5c9f9c3c559af20068ffd83b55c178c9388fe99c46122d9b7', 1767225600000);
INSERT INTO drizzle.__drizzle_migrations (id, hash, created_at) VALUES (2, 'cbba2a6745b32d4ff24e3dbaff97cfb97a3f2a201de2944f274a0a0015e3b17c', 1767312000000);
SELECT pg_catalog.setval('drizzle.__drizzle_migrations_id_seq', 2, true);
