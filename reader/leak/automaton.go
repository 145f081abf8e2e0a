package leak

// automaton finds many words in a text in one pass, whatever their case: the machine of
// Aho and Corasick with all its transitions filled in.
type automaton struct {
	class   [256]uint8 // letters that no word has are all of class 0
	classes int
	// next is the state after each state and class, doubled, and odd where a word ends.
	next []uint32
	ends [][]int // the words that end in each state
	word []string
}

// newAutomaton makes the automaton of words, which are in lower case.
func newAutomaton(words []string) *automaton {
	a := &automaton{classes: 1, word: words}
	for _, w := range words {
		for _, c := range []byte(w) {
			if a.class[c] == 0 {
				a.class[c] = uint8(a.classes)
				a.classes++
			}
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		a.class[c-'a'+'A'] = a.class[c]
	}
	letters := 1
	for _, w := range words {
		letters += len(w)
	}
	a.next, a.ends = make([]uint32, 0, letters*a.classes), make([][]int, 0, letters)
	a.state()
	for i, w := range words {
		at := 0
		for _, c := range []byte(w) {
			to := &a.next[at*a.classes+int(a.class[c])]
			if *to == 0 {
				*to = uint32(len(a.ends))
				a.state()
			}
			at = int(a.next[at*a.classes+int(a.class[c])])
		}
		a.ends[at] = append(a.ends[at], i)
	}
	a.fill()
	return a
}

// state adds a state without transitions.
func (a *automaton) state() {
	a.next = a.next[:len(a.next)+a.classes]
	a.ends = append(a.ends, nil)
}

// fill adds the transitions that lead back to the longest end of what was read with
// which a word begins, in the order of the words' length.
func (a *automaton) fill() {
	back := make([]int, len(a.ends))
	queue := []int{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for c := range a.classes {
			to := &a.next[at*a.classes+c]
			switch {
			case *to == 0:
				if at != 0 {
					*to = a.next[back[at]*a.classes+c]
				}
			default:
				if at != 0 {
					back[*to] = int(a.next[back[at]*a.classes+c])
				}
				if shorter := a.ends[back[*to]]; len(shorter) > 0 {
					a.ends[*to] = append(a.ends[*to], shorter...)
				}
				queue = append(queue, int(*to))
			}
		}
	}
	for i, to := range a.next {
		a.next[i] = to << 1
		if len(a.ends[to]) > 0 {
			a.next[i]++
		}
	}
}

// each calls found with every word and where it ends, in the text's order.
func (a *automaton) each(text []byte, found func(word, end int)) {
	next, classes, at := a.next, a.classes, uint32(0)
	for i, c := range text {
		at = next[int(at>>1)*classes+int(a.class[c])]
		if at&1 != 0 {
			for _, w := range a.ends[at>>1] {
				found(w, i+1)
			}
		}
	}
}
