// Lua is the sample of a dynamic program: Go with a library in C. /ip asks another service over
// HTTPS and needs certificate authorities, /time needs zones, /lua needs liblua5.1.so.0.
//
// Environment: ADDRESS (default: all addresses), PORT (default: 8080), IP_URL (an https address
// that answers with the caller's IP address).
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	timeout   = 10 * time.Second
	readBytes = 200
	codeBytes = 64 << 10
)

func main() {
	log.SetFlags(0)
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("/ip", ip)
	http.HandleFunc("/time", tell)
	http.HandleFunc("/lua", lua)
	server := &http.Server{
		Addr:        net.JoinHostPort(os.Getenv("ADDRESS"), port),
		ReadTimeout: timeout,
	}
	log.Fatal(server.ListenAndServe())
}

// ip answers the address under which the service at IP_URL sees us.
func ip(w http.ResponseWriter, r *http.Request) {
	address, err := ask(os.Getenv("IP_URL"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, address)
}

func ask(url string) (net.IP, error) {
	if !strings.HasPrefix(url, "https://") {
		return nil, errors.New("IP_URL: an https address is needed")
	}
	client := http.Client{Timeout: timeout}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, readBytes))
	if err != nil {
		return nil, err
	}
	address := net.ParseIP(strings.TrimSpace(string(body)))
	if response.StatusCode != http.StatusOK || address == nil {
		return nil, fmt.Errorf("%s answers %s and no address", url, response.Status)
	}
	return address, nil
}

// tell answers the current time in ?zone=.
func tell(w http.ResponseWriter, r *http.Request) {
	zone, err := time.LoadLocation(r.URL.Query().Get("zone"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, time.Now().In(zone).Format(time.RFC3339), zone)
}

// lua answers what the code in the request's body returns.
func lua(w http.ResponseWriter, r *http.Request) {
	code, err := io.ReadAll(http.MaxBytesReader(w, r.Body, codeBytes))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	answer, err := evaluate(string(code))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, answer)
}
