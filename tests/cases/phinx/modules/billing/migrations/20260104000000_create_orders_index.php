<?php
declare(strict_types=1);

use Phinx\Migration\AbstractMigration;

final class CreateOrdersIndex extends AbstractMigration
{
    public function up(): void
    {
        $this->execute('CREATE INDEX orders_note ON orders (note)');
    }

    public function down(): void
    {
        $this->execute('DROP INDEX orders_note');
    }
}
