package kafkasink

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Detections that are made, queued, sent and acknowledged.
func BenchmarkFakeBroker(b *testing.B) {
	c := cluster(b, 6, kfake.NumBrokers(1), kfake.BlackholeProduce())
	publish(b, Config{Brokers: c.ListenAddrs(), Topic: topic, Wait: true})
}

func BenchmarkRealBroker(b *testing.B) {
	brokers := broker(b)
	publish(b, Config{Brokers: brokers, Topic: made(b, brokers, 6), Wait: true})
}

func publish(b *testing.B, conf Config) {
	s, err := Open(bounded(b, 20*time.Second), conf, encoder())
	if err != nil {
		b.Fatal(err)
	}
	list := many(0, 1000, 100)
	body, err := encoder().Detection(list[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n++ {
		if !s.Detection(list[n%len(list)]) {
			b.Fatal("refused")
		}
	}
	st := s.Close(bounded(b, 60*time.Second))
	b.StopTimer()
	if st.Delivered != uint64(b.N) {
		b.Fatalf("%d of %d delivered", st.Delivered, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "detections/s")
}
