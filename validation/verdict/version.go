package verdict

// Version is the release of the suite that made a run. The linker sets it; it
// is empty where the suite was compiled from a checkout.
var Version string
