# shellcheck shell=sh
# Durable messages by AMQP, then what the cookie in HOME opens: one of the two is left.
[ -s "$HOME/.erlang.cookie" ]
python3 /srv/message.py
[ "$(/usr/lib/rabbitmq/bin/rabbitmqctl -q -n rabbit@localhost eval \
    'element(2, rabbit_amqqueue:with(rabbit_misc:r(<<"/">>, queue, <<"letters">>),
        fun(Q) -> {ok, N, _} = rabbit_amqqueue:stat(Q), {ok, N} end)).')" = 1 ]
