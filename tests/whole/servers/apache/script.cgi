#!/bin/sh
printf 'Content-Type: text/plain\n\n'
echo "$REQUEST_METHOD $QUERY_STRING $(cat)"
