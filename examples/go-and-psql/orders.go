package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

type Order struct {
	OrderID  int64  `json:"orderId"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

type Receipt struct {
	Payment    string `json:"payment"`
	Parcel     string `json:"parcel"`
	ApprovedBy string `json:"approvedBy,omitempty"`
}

const approvalFrom = 100_000

// ProcessOrder charges the card and ships; somebody must approve a large order first.
func ProcessOrder(ctx workflow.Context, order Order) (Receipt, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var receipt Receipt
	if order.Cents >= approvalFrom {
		workflow.GetSignalChannel(ctx, "approve").Receive(ctx, &receipt.ApprovedBy)
	}
	if err := workflow.ExecuteActivity(ctx, ChargeCard, order).Get(ctx, &receipt.Payment); err != nil {
		return receipt, err
	}
	err := workflow.ExecuteActivity(ctx, Ship, order).Get(ctx, &receipt.Parcel)
	return receipt, err
}

func ChargeCard(_ context.Context, order Order) (string, error) {
	if order.Cents <= 0 {
		return "", temporal.NewNonRetryableApplicationError("there is nothing to pay", "NOTHING_TO_PAY", nil)
	}
	return fmt.Sprintf("payment-%d", order.OrderID), nil
}

func Ship(_ context.Context, order Order) (string, error) {
	return fmt.Sprintf("parcel-%d", order.OrderID), nil
}
