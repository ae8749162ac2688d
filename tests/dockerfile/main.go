// Reads Dockerfiles as BuildKit does, one after a NUL each, and prints a line for each: the keywords of its instructions,
// or `refused` and why. Its own FROM comes first, since a history has none.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
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
