import { ApplicationFailure } from '@temporalio/activity';

export interface Order {
  orderId: number;
  item: string;
  cents: number;
  card: string;
}

// Stand-ins for the warehouse, the bank and the post.

export async function reserve({ item }: Order): Promise<void> {
  if (item === 'a unicorn') throw ApplicationFailure.nonRetryable(`there is no ${item}`, 'SOLD_OUT');
}

export async function charge({ card }: Order): Promise<void> {
  if (card === 'stolen') throw ApplicationFailure.nonRetryable('the bank refuses the card', 'CARD_DECLINED');
}

export async function ship({ orderId }: Order): Promise<string> {
  return `parcel-${orderId}`;
}
