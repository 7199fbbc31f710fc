<?php

declare(strict_types=1);

namespace DoctrineMigrations;

use Doctrine\DBAL\Schema\Schema;
use Doctrine\Migrations\AbstractMigration;

final class Version20260109000000 extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        $this->addSql(<<<'SQL'
            -- it's no class Version1 {}
            SELECT 1 / 0
            SQL);
    }

    public function down(Schema $schema): void
    {
        $this->addSql('SELECT 1');
    }
}
