# shellcheck shell=sh
# Rows of InnoDB, of which some are taken back.
[ "$(mariadb --no-defaults -N -u root -S /srv/socket << 'END'
create database if not exists outis;
use outis;
create or replace table numbers (n int primary key, s varchar(20)) engine = innodb;
insert into numbers select seq, concat('row ', seq) from seq_1_to_1000;
start transaction;
delete from numbers where n > 10;
rollback;
select sum(n), max(s) from numbers;
END
)" = "$(printf '500500\trow 999')" ]
