package mockserver

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/wirefault"
)

// wait waits as long as the answer to a request is delayed. The error says what ended it before.
func (h *Handler) wait(ctx context.Context, q *Request, d *Delay) error {
	if *d == (Delay{}) {
		return nil
	}
	return wirefault.Sleep(ctx, h.done, h.pause(q, d))
}

// pause is how long a response waits before it is sent.
func (h *Handler) pause(q *Request, d *Delay) time.Duration {
	total := d.Fixed
	unit := func() float64 { return float64(h.random(q)>>11) / (1 << 53) } // in [0, 1)
	if d.Median > 0 {
		// Box and Muller's normal variable; what is above Max is drawn again, up to a bound.
		for try := 0; ; try++ {
			z := math.Sqrt(-2*math.Log(1-unit())) * math.Cos(2*math.Pi*unit())
			v := time.Duration(float64(d.Median) * math.Exp(z*cmp.Or(d.Sigma, 0.5)))
			if d.Max == 0 || v <= d.Max {
				return total + v
			}
			if try == 100 {
				return total + d.Max
			}
		}
	}
	if d.Max > d.Min {
		total += d.Min + time.Duration(unit()*float64(d.Max-d.Min))
	} else {
		total += d.Min
	}
	return total
}
