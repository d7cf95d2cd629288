package stream

import (
	"reflect"
	"testing"
)

// A counter that Add forgets would vanish from every report.
func TestStatsAddEveryCounter(t *testing.T) {
	var a, b Stats
	v := reflect.ValueOf(&b).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(i + 1))
	}
	a.Add(&b)
	a.Add(&b)
	w := reflect.ValueOf(a)
	for i := range w.NumField() {
		if got, want := w.Field(i).Uint(), uint64(2*(i+1)); got != want {
			t.Errorf("%s is %d after two additions, want %d", w.Type().Field(i).Name, got, want)
		}
	}
}
