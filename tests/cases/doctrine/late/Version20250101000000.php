<?php

declare(strict_types=1);

namespace Shop\Late;

use Doctrine\DBAL\Schema\Schema;
use Doctrine\Migrations\AbstractMigration;

final class Version20250101000000 extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        $this->addSql(<<<'SQL'
            -- it's no class Version1 {}
            ALTER TABLE orders ADD paid boolean
            SQL);
    }

    public function down(Schema $schema): void
    {
        $this->addSql('ALTER TABLE orders DROP paid');
    }
}
