package main

import "fmt"

// count is how often a label of one outcome got an answer of another.
type count map[[2]string]int

func (c *count) add(label, answer string) {
	if *c == nil {
		*c = count{}
	}
	(*c)[[2]string{label, answer}]++
}

// sum adds up what is so labelled and so answered.
func (c count) sum(of func(label, answer string) bool) (n int) {
	for k, v := range c {
		if of(k[0], k[1]) {
			n += v
		}
	}
	return n
}

func anything(string, string) bool     { return true }
func right(label, answer string) bool  { return label == answer }
func known(label, answer string) bool  { return label == answer && answer != unknown }
func decided(label, _ string) bool     { return label != unknown }
func answered(_, answer string) bool   { return answer != unknown }
func wrong(label, answer string) bool  { return label != answer && answer != unknown }
func unsaid(label, answer string) bool { return label != answer && answer == unknown }

// precision is the share of right answers among those that are more than UNKNOWN.
func (c count) precision() string { return share(c.sum(known), c.sum(answered)) }

// recall is the share of right answers where the person knew one.
func (c count) recall() string { return share(c.sum(known), c.sum(decided)) }

func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// row is the count as the cells of a table.
func (c count) row() string {
	return fmt.Sprintf("%d | %d | %d | %d | %s | %s |", c.sum(anything), c.sum(right), c.sum(wrong), c.sum(unsaid), c.precision(), c.recall())
}
