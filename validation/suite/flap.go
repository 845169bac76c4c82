package suite

// flap is a request whose second answer differed from the first.
type flap struct {
	method, path string
	first, then  int
}
