<?php

use Phinx\Seed\AbstractSeed;

class OrderSeeder extends AbstractSeed
{
    public function run(): void
    {
        $this->execute('INSERT INTO orders VALUES (1)');
    }
}
