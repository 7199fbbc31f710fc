<?php

return [
    'table_storage' => [
        'table_name' => 'doctrine_migration_versions',
        'version_column_length' => 191,
    ],
    'migrations_paths' => [
        'DoctrineMigrations' => './migrations',
        'Shop\\Late' => __DIR__ . '/late', // the newer ones
    ],
    'organize_migrations' => 'none',
];
