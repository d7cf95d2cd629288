package main

import (
	"slices"
	"testing"

	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/observe"
)

// The settings' defaults are those that the packages recommend: config imports
// neither, so the two are held together here.
func TestDefaultsAgree(t *testing.T) {
	l, err := config.Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := config.Prefixes(l.HomeNetworks), observe.DefaultHome(); !slices.Equal(got, want) {
		t.Errorf("home networks are %v, want %v", got, want)
	}
	got := detect.Options{Threshold: l.Detect.Threshold, Pairs: l.Limits.Pairs, HuntEntries: l.Detect.HuntEntries}
	if want := detect.DefaultOptions(); got != want {
		t.Errorf("settings of the judge are %+v, want %+v", got, want)
	}
}
