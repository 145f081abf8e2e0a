package store

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxColumn is how many bytes of a text a column keeps: an index entry of
// PostgreSQL must stay under 2,700.
const maxColumn = 500

// keepable reports whether PostgreSQL can hold or compare the text; SQLite could,
// but both behave as one.
func keepable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// column mends and cuts a text for a column.
func column(s string) string { return cut(mend(s), maxColumn) }

// mend replaces what PostgreSQL can't hold.
func mend(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cut takes whole characters off the end until at most limit bytes are left.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// packer compresses one text after another with the same buffers. Fast
// compression makes them about five times smaller; the best would take three times
// as long for a tenth less.
type packer struct {
	writer *gzip.Writer
	buffer bytes.Buffer
}

// pack gives the gzipped bytes, which are the caller's.
func (p *packer) pack(b []byte) ([]byte, error) {
	p.buffer.Reset()
	if p.writer == nil {
		var err error
		if p.writer, err = gzip.NewWriterLevel(&p.buffer, gzip.BestSpeed); err != nil {
			return nil, err
		}
	} else {
		p.writer.Reset(&p.buffer)
	}
	if _, err := p.writer.Write(b); err != nil {
		return nil, err
	}
	if err := p.writer.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(p.buffer.Bytes()), nil
}

// maxUnpacked is more than any inventory has, and less than what would hurt.
const maxUnpacked = 1 << 28

func unpack(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("stored bytes: %w", err)
	}
	out := bytes.NewBuffer(make([]byte, 0, 6*len(b)))
	n, err := io.Copy(out, io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, fmt.Errorf("stored bytes: %w", err)
	}
	if n > maxUnpacked {
		return nil, fmt.Errorf("stored bytes: more than %d bytes", maxUnpacked)
	}
	return out.Bytes(), nil
}
