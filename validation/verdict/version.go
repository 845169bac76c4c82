package verdict

// Version is the release of the suite. The linker sets it. It is empty if the
// suite was compiled from a checkout.
var Version string
