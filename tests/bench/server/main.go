// Server is what the builder is measured with: an ordinary web service of about 6.5 MB with HTTP,
// TLS, templates and time zones. It is baked, never run.
package main

import (
	"html/template"
	"log"
	"net/http"
	"time"
	_ "time/tzdata"
)

var page = template.Must(template.New("page").Parse("<p>{{.Zone}}: {{.Time}}</p>\n"))

func answer(writer http.ResponseWriter, request *http.Request) {
	zone, err := time.LoadLocation(request.URL.Query().Get("zone"))
	if err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now().In(zone)
	row := struct{ Zone, Time string }{zone.String(), now.Format(time.RFC3339)}
	if err := page.Execute(writer, row); err != nil {
		log.Print(err)
	}
}

func main() {
	http.HandleFunc("/", answer)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
