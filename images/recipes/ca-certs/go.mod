module outis.example/get

go 1.19
