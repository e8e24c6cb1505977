// Prints how many bytes standard input has after gzip at level 1 by Go's library, which is what most
// builders written in Go make layers with.     go run fastest_gzip.go < TAR
package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"os"
)

type counter int64

func (c *counter) Write(bytes []byte) (int, error) {
	*c += counter(len(bytes))
	return len(bytes), nil
}

func main() {
	var size counter
	writer, err := gzip.NewWriterLevel(&size, gzip.BestSpeed)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(writer, os.Stdin); err != nil {
		log.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(int64(size))
}
