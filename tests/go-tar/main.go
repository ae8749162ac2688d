// Random tars, and what Go's archive/tar says of each: the oracle for what a header means, since every engine reads
// layers with it.
//
//	go run . [-seed N] [-count N] [-o FILE]
//
// The file is gzip: for each tar `tar SEED LENGTH`, its bytes, a line for each entry, and how the reading ended.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// Bytes of a content that are read: a hole may be of any size.
const contentMost = 1 << 16

func main() {
	seed := flag.Int64("seed", 1, "of the first tar; the others count on from it")
	count := flag.Int("count", 500, "of tars")
	path := flag.String("o", "recorded.gz", "where to write")
	flag.Parse()
	file, err := os.Create(*path)
	check(err)
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	check(err)
	for i := int64(0); i < int64(*count); i++ {
		bytes := generate(*seed + i)
		_, err := fmt.Fprintf(packed, "tar %d %d\n%s\n%s", *seed+i, len(bytes), bytes, answer(bytes))
		check(err)
	}
	check(packed.Close())
	check(file.Close())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(archive []byte) string {
	var out strings.Builder
	// A reader that cannot seek, so that what is missing is missed.
	reader := tar.NewReader(struct{ io.Reader }{bytes.NewReader(archive)})
	for {
		header, err := reader.Next()
		if err != nil {
			return out.String() + "end " + name(err) + "\n"
		}
		content, err := io.ReadAll(io.LimitReader(reader, contentMost))
		how := "whole"
		if err != nil {
			how = name(err)
		}
		fmt.Fprintf(&out, "entry %d %x %d %d %d %d %d %d %x %d %d %s %x %s\n", header.Typeflag, dash(header.Name), header.Size, header.Mode,
			header.Uid, header.Gid, header.ModTime.Unix(), header.ModTime.Nanosecond(), dash(header.Linkname), header.Devmajor, header.Devminor,
			xattrs(header), sha256.Sum256(content), how)
	}
}

// An empty text is a dash: the fields of a line are never empty.
func dash(text string) string { return "-" + text }

// What engines apply: an empty value counts in the records, not in the field that Go made of them.
func xattrs(header *tar.Header) string {
	var all []string
	for key, value := range header.PAXRecords {
		if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok && header.Typeflag != tar.TypeXGlobalHeader {
			all = append(all, fmt.Sprintf("%x=%x", name, value))
		}
	}
	sort.Strings(all)
	return "[" + strings.Join(all, ",") + "]"
}

func name(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "eof"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "cut"
	case errors.Is(err, tar.ErrHeader):
		return "header"
	case errors.Is(err, tar.ErrFieldTooLong), strings.Contains(err.Error(), "too long"):
		return "long"
	case strings.Contains(err.Error(), "non-existent data"):
		return "missing"
	case strings.Contains(err.Error(), "unreferenced data"):
		return "unreferenced"
	}
	return "other"
}
