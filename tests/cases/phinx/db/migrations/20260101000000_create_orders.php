<?php
declare(strict_types=1);

use Phinx\Migration\AbstractMigration;

final class CreateOrders extends AbstractMigration
{
    public function up(): void
    {
        $this->execute('CREATE TABLE orders (id bigint PRIMARY KEY)');
    }

    public function down(): void
    {
        $this->execute('DROP TABLE orders');
    }
}
