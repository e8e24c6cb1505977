module example.com/lua

go 1.19
