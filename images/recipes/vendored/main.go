// Vendored is the sample of a program whose dependency lies in vendor/ and nowhere else.
package main

import (
	"os"

	"example.com/greeting"
)

func main() {
	name := "nobody"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	println(greeting.For(name))
}
