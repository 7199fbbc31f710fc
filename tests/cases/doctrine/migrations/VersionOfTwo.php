<?php

declare(strict_types=1);

namespace DoctrineMigrations;

use Doctrine\DBAL\Schema\Schema;
use Doctrine\Migrations\AbstractMigration;

final class Version20260102000000 extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        $this->addSql(<<<'SQL'
            -- it's no class Version1 {}
            ALTER TABLE orders ADD note text
            SQL);
    }

    public function down(Schema $schema): void
    {
        $this->addSql('ALTER TABLE orders DROP note');
    }
}

final class Version20260102500000 extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        $this->addSql(<<<'SQL'
            -- it's no class Version1 {}
            CREATE INDEX orders_note ON orders (note)
            SQL);
    }

    public function down(Schema $schema): void
    {
        $this->addSql('DROP INDEX orders_note');
    }
}
