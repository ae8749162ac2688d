// Reads Dockerfiles as BuildKit does, one after a NUL each, and prints a line for each: the keywords of its instructions,
// or `refused` and why. Its own FROM comes first, since a history has none. With the argument `lines`, it prints what its
// parser finds, as JSON: keyword, lines, joined line and here-documents of each instruction, or why it is refused. What
// instructions mean is not judged then.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, document := range bytes.Split(input, []byte{0}) {
		if len(os.Args) > 1 && os.Args[1] == "lines" {
			answer, err := json.Marshal(lines(document))
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Fprintln(out, string(answer))
			continue
		}
		words, err := keywords(document)
		if err != nil {
			fmt.Fprintf(out, "refused %q\n", err.Error())
			continue
		}
		fmt.Fprintln(out, strings.Join(words, " "))
	}
}

func keywords(document []byte) ([]string, error) {
	// The directives at the top are the document's own.
	if _, _, _, found := parser.DetectSyntax(document); found {
		return nil, fmt.Errorf("it chooses a frontend")
	}
	alone, err := parser.Parse(bytes.NewReader(document))
	if err != nil && !strings.Contains(err.Error(), "no instructions") {
		return nil, err
	}
	if alone != nil && alone.EscapeToken != '\\' {
		return nil, fmt.Errorf("it chooses an escape")
	}
	result, err := parser.Parse(bytes.NewReader(append([]byte("FROM scratch\n"), document...)))
	if err != nil {
		return nil, err
	}
	if _, _, err := instructions.Parse(result.AST, nil); err != nil {
		return nil, err
	}
	var words []string
	for _, node := range result.AST.Children[1:] {
		words = append(words, strings.ToUpper(node.Value))
	}
	return words, nil
}

type instruction struct {
	Keyword   string   `json:"keyword"`
	First     int      `json:"first"`
	Last      int      `json:"last"`
	Rest      string   `json:"rest"`
	Documents []string `json:"documents,omitempty"`
}

type answer struct {
	Instructions []instruction `json:"instructions,omitempty"`
	Refused      string        `json:"refused,omitempty"`
}

var blanks = regexp.MustCompile(`[\t\v\f\r ]+`)

func lines(document []byte) answer {
	result, err := parser.Parse(bytes.NewReader(document))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	var all []instruction
	for _, node := range result.AST.Children {
		found := instruction{Keyword: strings.ToUpper(node.Value), First: node.StartLine, Last: node.EndLine}
		if parts := blanks.Split(strings.TrimSpace(node.Original), 2); len(parts) == 2 {
			found.Rest = strings.TrimSpace(parts[1])
		}
		for _, heredoc := range node.Heredocs {
			content := heredoc.Content
			if heredoc.Chomp {
				content = parser.ChompHeredocContent(content)
			}
			found.Documents = append(found.Documents, content)
		}
		all = append(all, found)
	}
	return answer{Instructions: all}
}
