// Package greeting is a dependency that no proxy has.
package greeting

// For greets somebody.
func For(name string) string {
	return "hello, " + name
}
