// The same orders as ../workflows.ts, by a worker in Go.
package main

import (
	"context"
	"log"
	"math/rand"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

type order struct {
	ID      int64  `json:"id"`
	Variant string `json:"variant"`
	Notes   []int  `json:"notes,omitempty"`
}

type receipt struct {
	ID    int64 `json:"id"`
	Notes []int `json:"notes"`
}

const (
	notes    = 3
	patience = 6 * time.Second
)

func chaosOrderGo(ctx workflow.Context, o order) (receipt, error) {
	heard := append([]int{}, o.Notes...)
	if len(heard) == 0 {
		ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
		if err := workflow.ExecuteActivity(ctx, charge).Get(ctx, nil); err != nil {
			return receipt{}, err
		}
	}
	if o.Variant == "declined" {
		return receipt{}, temporal.NewNonRetryableApplicationError("the card is declined", "Declined", nil)
	}
	channel := workflow.GetSignalChannel(ctx, "note")
	if o.Variant == "signals" || o.Variant == "continuing" {
		for more := true; more && len(heard) < notes; {
			var note int
			if more, _ = channel.ReceiveWithTimeout(ctx, patience, &note); more {
				heard = append(heard, note)
			}
			if more && o.Variant == "continuing" && len(heard) < notes {
				heard = drained(channel, heard)
				return receipt{}, workflow.NewContinueAsNewError(ctx, chaosOrderGo, order{o.ID, o.Variant, heard})
			}
		}
	}
	return receipt{ID: o.ID, Notes: drained(channel, heard)}, nil
}

// What has come and is not read would be lost with the run.
func drained(channel workflow.ReceiveChannel, heard []int) []int {
	var note int
	for channel.ReceiveAsync(&note) {
		heard = append(heard, note)
	}
	return heard
}

func charge(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(50+rand.Intn(400)) * time.Millisecond):
		return nil
	}
}

func main() {
	connection, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS")})
	if err != nil {
		log.Fatalln(err)
	}
	defer connection.Close()
	orders := worker.New(connection, os.Getenv("TASK_QUEUE"), worker.Options{})
	orders.RegisterWorkflow(chaosOrderGo)
	orders.RegisterActivity(charge)
	if err := orders.Run(worker.InterruptCh()); err != nil {
		log.Fatalln(err)
	}
}
