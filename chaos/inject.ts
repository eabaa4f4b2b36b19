import { databases } from '../server/dev/temporal-cluster/config.ts';
import { sleep } from '../src/platform/shutdown.ts';
import { closeDatabase, disturbDatabase } from './administrator.ts';
import type { ChaosCluster } from './cluster.ts';
import { describeFault, type Fault } from './faults.ts';
import type { GatewayFault } from './gateway-front.ts';
import type { Stack } from './stack.ts';
import type { LinkFault } from './tcp-proxy.ts';

/**
 * Injects the faults of a plan, each at its time, those of one victim one after the other. At the signal all end, and
 * what has not begun by then never does.
 * @returns how many were injected, once all are over
 */
export async function injectFaults(
  stack: Stack,
  plan: readonly Fault[],
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<number> {
  const turns = new Map<string, Promise<void>>();
  let injected = 0;
  const inject = async (fault: Fault) => {
    await sleep(fault.atMs, signal);
    const turn = (turns.get(fault.victim) ?? Promise.resolve()).then(async () => {
      if (signal.aborted) return;
      injected += 1;
      say(describeFault(fault));
      await disturb(stack, fault, () => sleep(fault.forMs, signal));
    });
    turns.set(fault.victim, turn);
    await turn;
  };
  await Promise.all(plan.map(inject));
  return injected;
}

async function disturb(stack: Stack, fault: Fault, over: () => Promise<void>): Promise<void> {
  switch (fault.kind) {
    case 'kill':
    case 'stop at once':
      return endAndStart(stack, fault, over);
    case 'freeze':
      return freeze(stack, fault, over);
    case 'read-only':
    case 'other password':
    case 'no login':
    case 'no connections':
    case 'canceled statements':
      return disturbDatabase(stack.ports.postgres, fault.kind, over);
    case 'no visibility':
      return closeDatabase(clusterOf(stack).postgresPort(), databases.visibility, over);
    case 'fail over':
      return clusterOf(stack).failOver(over);
    case 'full':
      return fillDisk(stack, over);
    case 'cut':
    case 'delay':
    case 'half-written':
    case 'stall':
      return disturbLink(stack, fault.victim, fault.kind, over);
    default:
      return misbehave(stack, fault.kind, over);
  }
}

async function endAndStart(stack: Stack, { kind, victim }: Fault, over: () => Promise<void>): Promise<void> {
  const part = found(stack.parts, victim);
  await part.kill(kind === 'kill' ? 'SIGKILL' : 'SIGQUIT');
  await over();
  await part.start();
}

async function freeze(stack: Stack, { victim }: Fault, over: () => Promise<void>): Promise<void> {
  const part = found(stack.parts, victim);
  await part.signal('SIGSTOP');
  await over();
  await part.signal('SIGCONT');
}

function clusterOf({ cluster }: Stack): ChaosCluster {
  if (cluster === undefined) throw new Error('there is no Temporal cluster to disturb');
  return cluster;
}

async function fillDisk({ disk }: Stack, over: () => Promise<void>): Promise<void> {
  await disk.fill();
  await over();
  await disk.free();
}

async function disturbLink(stack: Stack, victim: string, kind: LinkFault, over: () => Promise<void>) {
  const link = found(stack.links, victim);
  link.disturb(kind);
  await over();
  link.heal();
}

async function misbehave({ front }: Stack, kind: GatewayFault, over: () => Promise<void>): Promise<void> {
  front.fault = kind;
  await over();
  front.fault = undefined;
}

function found<T>(all: ReadonlyMap<string, T>, name: string): T {
  const one = all.get(name);
  if (one === undefined) throw new Error(`there is no "${name}" to disturb`);
  return one;
}
