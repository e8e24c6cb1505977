<?php
preg_match('/b+/', 'abbbc', $found);
$sum = 0;
for ($i = 0; $i < 200000; $i++) $sum += $i % 7;
echo $found[0], ' ', exec('echo from a shell'), ' ', $sum, "\n";
