import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const { charge } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

export const processOrder = (order: { id: string; cents: number }): Promise<void> => charge(order.id);
