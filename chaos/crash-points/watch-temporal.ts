import { createRequire } from 'node:module';
import type { Interactions } from './death.ts';

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** Every gRPC call of the client, by its name. */
export function watchTemporalClient(interactions: Interactions): void {
  const client = libraryOf('@temporalio/client', '@grpc/grpc-js') as {
    Client: { prototype: { makeUnaryRequest: Call } };
  };
  const { makeUnaryRequest } = client.Client.prototype;
  client.Client.prototype.makeUnaryRequest = function (...args) {
    const end = interactions.begin(`Temporal: ${String(args[0]).split('/').at(-1)}`);
    const callback = args.pop() as Call;
    return makeUnaryRequest.call(this, ...args, (...answer: unknown[]) => {
      end();
      callback(...answer);
    });
  };
}

/** What a worker gets from and gives to the SDK's core, by the core's own names. */
const coreCalls = {
  workerPollWorkflowActivation: 'take a workflow activation',
  workerPollActivityTask: 'take an activity',
  workerCompleteWorkflowActivation: 'complete a workflow activation',
  workerCompleteActivityTask: 'complete an activity',
};

/** Every task that the core hands over, and every answer it is given; each of those is one call to the server. */
export function watchTemporalCore(interactions: Interactions): void {
  const { native } = libraryOf('@temporalio/worker', '@temporalio/core-bridge') as {
    native: Record<string, (...args: unknown[]) => Promise<unknown>>;
  };
  for (const [name, means] of Object.entries(coreCalls)) {
    const call = native[name];
    if (call === undefined) throw new Error(`the SDK's core has no ${name}`);
    native[name] = (...args) => interactions.around(`Temporal: ${means}`, () => call(...args));
  }
}

/** The copy of a library that a package of the SDK itself uses. */
function libraryOf(name: string, library: string): unknown {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve(name))(library);
}
