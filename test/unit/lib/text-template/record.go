// Records what Go's own text/template makes of templates: reads a JSON array of texts, writes one of [template, output]
// or [template, null] where it refuses. `go run record.go < templates.json > vectors.json`
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

func main() {
	var templates []string
	if err := json.NewDecoder(os.Stdin).Decode(&templates); err != nil {
		panic(err)
	}
	variables := map[string]string{"colour": "red", "empty": "", "path_2": "/a\"b", "n": "7", "uni": "é<&>'x"}
	functions := template.FuncMap{
		"name":      func() string { return "podinfo" },
		"namespace": func() string { return "shop" },
		"target":    func() string { return "podinfo" },
		"interval":  func() string { return "1m" },
		"variables": func() map[string]string { return variables },
	}
	var out [][]any
	for _, text := range templates {
		var written strings.Builder
		parsed, err := template.New("query").Option("missingkey=error").Funcs(functions).Parse(text)
		if err == nil {
			err = parsed.Execute(&written, nil)
		}
		if err != nil {
			out = append(out, []any{text, nil})
		} else {
			out = append(out, []any{text, written.String()})
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		panic(err)
	}
}
