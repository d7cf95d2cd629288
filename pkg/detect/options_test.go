package detect

// DefaultOptions are the settings' defaults, which pkg/config has.
func DefaultOptions() Options {
	return Options{Threshold: 40, Pairs: 200_000, HuntEntries: 100}
}
