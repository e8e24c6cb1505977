// Hello is the sample service: it needs what an empty image lacks, namely certificate authorities
// (/https) and time zones (/time), and it ends on SIGTERM with an exit code of its choice.
//
// Environment: ADDRESS (default: all addresses), PORT (default: 8080; 0: a free one), EXIT_CODE
// (default: 0). The first line of its output names the address and port it listens on.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	fetchTimeout    = 10 * time.Second
	shutdownTimeout = 500 * time.Millisecond
	shownBytes      = 200
)

func main() {
	log.SetFlags(0)
	exitCode, err := strconv.Atoi(environment("EXIT_CODE", "0"))
	if err != nil {
		log.Fatalf("EXIT_CODE: %v", err)
	}
	if err := serve(net.JoinHostPort(os.Getenv("ADDRESS"), environment("PORT", "8080"))); err != nil {
		log.Fatal(err)
	}
	os.Exit(exitCode)
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// serve answers until SIGTERM or SIGINT, then lets requests under way finish for a moment.
func serve(address string) error {
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: fetchTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(limit); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	} else {
		return err
	}
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", hello)
	mux.HandleFunc("/https", fetch)
	mux.HandleFunc("/time", tell)
	mux.HandleFunc("/healthz", healthy)
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintf(w, "hello from uid %d, process %d\n", os.Getuid(), os.Getpid())
}

func healthy(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "ok")
}

// fetch answers the status and the first bytes of ?url=, trusting the system's roots alone.
func fetch(w http.ResponseWriter, r *http.Request) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.URL.Query().Get("url"), nil)
	if err == nil && request.URL.Scheme != "https" {
		err = errors.New("url: an https address is needed")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	client := http.Client{Timeout: fetchTimeout}
	response, err := client.Do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	start, err := io.ReadAll(io.LimitReader(response.Body, shownBytes))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintf(w, "%s\n%s\n", response.Status, start)
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
