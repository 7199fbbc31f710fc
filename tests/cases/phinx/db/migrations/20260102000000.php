<?php
declare(strict_types=1);

use Phinx\Migration\AbstractMigration;

final class V20260102000000 extends AbstractMigration
{
    public function up(): void
    {
        $this->execute('ALTER TABLE orders ADD note text');
    }

    public function down(): void
    {
        $this->execute('ALTER TABLE orders DROP note');
    }
}
