// Package beacon tells how regular a series of calls is. It is arithmetic
// alone: no clock, no I/O, and a result that depends on nothing but the
// exchanges added.
//
// # What a score means
//
// Score.Total and Score.Timing go from 0 to 1 on a scale that does not depend
// on the length of the window or on other series. Each 4 nats of weight (a
// factor of 55 in odds) halve the distance to 1:
//
//	0.11  the evidence is even
//	0.5   4 nats: about 6 calls at +-10 %, 11 at +-30 %. Of 3,360 aperiodic series 0.1 %
//	      stood there at their end, and 1 % at any time on their way
//	0.75  8 nats: 0.1 % of them at any time on their way
//	0.9   13 nats: 9 calls at 60 s +-2 s, 12 at +-10 %, some 40 at +-30 %
//	0.99  27 nats
//
// Six exact calls reach 0.82; six that are 60 s +-2 s apart 0.6 to 0.82; six of
// a Poisson process stay under 0.15 in 99 of 100 cases. The aperiodic series are
// those of TestQuality in larger number, of families that are mostly unlike the
// models below (gamma-3 and -4, Hawkes, switching rates, backoff, chats, jobs,
// browsing and others), over one and seven days. They say nothing about calls
// that are periodic for a good reason: timing cannot tell a beacon from a poll,
// only context can.
//
// # Terms
//
//   - An exchange has a start time, and application bytes up and down. Those
//     within 5 ms of the latest are one with it.
//   - A beat is one or more exchanges, each within the smaller of 1 s and a
//     quarter of the period of the one before; without a rhythm, within 1 s.
//     Where a rhythm shows only so, within 5 s or 40 s, if the period is at
//     least eight times that (answers posted seconds later, retries).
//   - An interval is the time from the start of a beat to the start of the next,
//     from 10 ms to 3.7 days, counted in bins 4.6 % wide.
//   - The period (Interval) is the mean of the intervals that are one sleep.
//   - Jitter is their standard deviation over the period: a sleep drawn evenly
//     between 48 s and 60 s has 0.064, 60 s +-30 % has 0.173.
//   - A lead-in is the calls before the beat that the rhythm begins with: a page
//     that is loaded, a webhook that somebody tries by hand. It is left out of
//     all that follows here. Beats before it that send and get about as much
//     (within a factor of two), a quarter of the period to four periods apart,
//     are counted all the same: a slow start of the same program. None is
//     sought once more exchanges than the ring holds belong to the rhythm.
//   - Missed is the share of the beats due that did not come, from intervals
//     near 2 to 6 periods; longer ones (nights, lids) count as outliers.
//   - Broken is the share of intervals above 6 periods, the first such not
//     counted: some hundredths where a machine sleeps at night, a quarter where
//     calls come in bursts of four.
//   - Count is the number of beats since the first, also those that left the
//     ring. Where only one cluster of sizes is the rhythm it counts that one,
//     as far back as the cluster was followed. It can fall when a fit finds
//     a longer pause inside beats.
//   - Size is 1/(1+5w) for what goes up (two thirds) and down (one third), where
//     w is the range of the middle half of the sizes over their median.
//   - First and Last are the times of the first beat counted (of the first
//     exchange, where one size is the rhythm) and of the latest exchange.
//   - Nats is the penalised log-likelihood ratio defined below; PerInterval is
//     Nats over the number of intervals.
//
// # Model
//
// Two explanations of the intervals compete, each as good as it can be made.
//
// A beacon sleeps, one sleep after another. A sleep is Gaussian with a jitter
// of 0.006 to 0.34, or even between two bounds; the latter covers both the
// one-sided sleep between (1-j)S and S that Cobalt Strike's "sleep S j"
// documents, and S +-j, which differ only in what one calls the period. With a
// miss probability m (0.02 to 0.5) an interval is k sleeps with chance
// (1-m)m^(k-1), k up to 6. A share of outliers (0.02 to 0.4) is spread evenly
// over the logarithm of all intervals.
//
// Calls without rhythm are exponential, gamma of shape 2, Weibull of shape 1.5,
// lognormal with a sigma of 0.7 to 2.8, Pareto with an exponent of 1 to 2.6 (held
// to the likelihood that its own data would have), each with a share of
// outliers, too, or log-uniform.
//
// In logarithmic bins each model is one table of log-probabilities, which is
// shifted to the period, so a likelihood is a sum of look-ups. The best is
// found over all shapes, shares and periods. From the difference of the two log-likelihoods are taken ln(1/jitter)+2 nats
// for the freedom of period and shape, and the costs of a view (1 to 5 nats).
//
// The views are: all exchanges, those of the ring only, merged by less or by
// more than a second, those from beat k on, and those of each of the two most
// frequent sizes. The view with the most weight is scored.
//
// A rhythm from beat k on is believed with chance e^-1/k^2 against one from the
// first on, and costs 1 + 2 ln k nats; neither explanation has to account for
// the intervals before. The chances of all k add up to 0.6, so that at any
// moment at most 1.6 times as many random series pass a given weight. It is
// tried where the interval before beat k is well outside of all behind it and
// those are within a factor of two. An odd beginning so costs a beat, or none.
//
// The weight of r nats per interval over n intervals is
//
//	z = n r / (1 + n/150) * r / (r + 0.25)
//
// so neither many intervals with a faint preference nor few with a strong one
// win alone. Timing is 1-2^(-ln(1+e^z)/4). Total is the same of z (0.9+0.2 Size):
// steady sizes are weak evidence, since most benign clients have them.
//
// # Cost
//
// A series remembers its newest 128 exchanges one by one and the intervals
// before them by bins. It is fitted anew when an eighth of the ring is new (at
// each exchange up to 15, then every second, and so on to every 16th; where there
// is no rhythm every second, and from 24 on every quarter of the ring, but up to
// there at once when the last two intervals are alike), so Timing and what comes
// with it can be that much behind, while Count and Last never are.
//
// Most series have no rhythm and few calls, and are asked once. For them there is
// Note, which fits nothing until the ring is full or Fit is called; then what is
// told is not behind. A result so depends on the exchanges and on when Fit was
// called, never on when the series was asked.
package beacon
