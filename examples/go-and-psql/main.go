// A Temporal worker as any other: nothing in it knows of Postgres or of Switchyard.
package main

import (
	"log"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

func main() {
	temporal, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS")}) // unset: localhost:7233
	if err != nil {
		log.Fatalln(err)
	}
	defer temporal.Close()

	orders := worker.New(temporal, "orders-go", worker.Options{})
	orders.RegisterWorkflow(ProcessOrder)
	orders.RegisterActivity(ChargeCard)
	orders.RegisterActivity(Ship)
	if err := orders.Run(worker.InterruptCh()); err != nil {
		log.Fatalln(err)
	}
}
