package config

import _ "embed"

//go:embed example.yaml
var example string

// Example is a commented configuration to start from: every setting stands in
// it, those that have a default commented out with that default.
func Example() string { return example }
