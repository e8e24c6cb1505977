# shellcheck shell=sh
# Rows, a sum by more than one process, settings read again, a program that is run, a checkpoint.
ask() {
    psql -qAt -v ON_ERROR_STOP=1 -h /srv -U postgres "$@"
}
ask << 'END'
drop table if exists numbers;
create table numbers as select n from generate_series(1, 200000) n;
END
export PGOPTIONS='-c min_parallel_table_scan_size=0 -c parallel_setup_cost=0'
[ "$(ask -c 'select sum(n) from numbers')" = 20000100000 ]
ask -c 'explain (analyze) select sum(n) from numbers' | grep -q 'Workers Launched: [1-9]'
ask -c "alter system set work_mem = '5MB'" -c 'select pg_reload_conf()' | grep -qx t
ask -c "copy (select 'copied') to program 'cat > /srv/copied'" -c checkpoint
[ "$(cat /srv/copied)" = copied ]
