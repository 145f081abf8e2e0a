package yamldoc

import "bytes"

// HasKey reports whether a text may have a mapping with the key, in YAML or in JSON. It
// is a cheap look before a text is parsed: it may be wrong about what stands in a comment or in
// another text, and is never wrong when it says no.
func HasKey(text []byte, key string) bool {
	for word := []byte(key); ; {
		i := bytes.Index(text, word)
		if i < 0 {
			return false
		}
		end := i + len(word)
		if (i == 0 || !partOfKey(text[i-1])) && beforeColon(text[end:]) {
			return true
		}
		text = text[end:]
	}
}

// partOfKey reports whether a letter before or behind a word makes it a part of a longer one.
func partOfKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '/' || c >= 0x80
}

// beforeColon reports whether what follows a key is its colon, behind a quote and blanks.
func beforeColon(rest []byte) bool {
	rest = bytes.TrimLeft(rest, "\"'")
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}
