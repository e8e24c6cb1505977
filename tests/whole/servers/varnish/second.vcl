vcl 4.1;
backend none none;
sub vcl_recv {
    return (synth(200, "second"));
}
sub vcl_synth {
    set resp.body = resp.reason;
    return (deliver);
}
