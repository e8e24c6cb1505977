// Prints the zip of the module example.com/third, version 1.0.0, as a module proxy has it.
package main

import (
	"archive/zip"
	"os"
)

func main() {
	out := zip.NewWriter(os.Stdout)
	for name, text := range map[string]string{
		"go.mod":     "module example.com/third\n\ngo 1.19\n",
		"dep/dep.go": "package dep\n\nconst Word = \"fetched\"\n",
	} {
		file, _ := out.Create("example.com/third@v1.0.0/" + name)
		file.Write([]byte(text))
	}
	out.Close()
}
