package suite

// flap is a request that was answered differently when it was asked again.
type flap struct {
	method, path string
	first, then  int
}
