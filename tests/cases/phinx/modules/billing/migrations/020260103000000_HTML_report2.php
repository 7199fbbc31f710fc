<?php
declare(strict_types=1);

use Phinx\Migration\AbstractMigration;

final class HTMLReport2 extends AbstractMigration
{
    public function up(): void
    {
        $this->execute('CREATE TABLE report (id int)');
    }

    public function down(): void
    {
        $this->execute('DROP TABLE report');
    }
}
