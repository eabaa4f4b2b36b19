import { AsyncLocalStorage } from 'node:async_hooks';
import { type ConnectionOptions, defaultGrpcRetryOptions } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;
type Listener = Exclude<Parameters<Call['start']>[1], undefined>;
type Status = Parameters<NonNullable<Listener['onReceiveStatus']>>[0];

/** gRPC's CANCELLED. */
const cancelled = 1;
const scope = new AsyncLocalStorage<AbortSignal>();
const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();

/** Does the work; calls of Temporal that it makes end as cancelled when the signal is aborted. */
export const untilAborted = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
  scope.run(signal, work);

/**
 * Tries calls again as the SDK's own interceptor does, which stands in its place. That one cannot be stopped: a call that waits for its next
 * try goes on when it is cancelled, and when its connection is closed it throws out of a timer, which ends the process.
 * A call whose deadline would pass before its next try ends at once.
 */
export const stoppableRetries: Interceptor = (options, nextCall) =>
  // The class is not needed, and its package is the SDK's own.
  retried(
    () => nextCall(options),
    Number(options.deadline ?? Number.POSITIVE_INFINITY),
  ) as ReturnType<Interceptor>;

function retried(make: () => Call, deadline: number): Call {
  let call = make();
  let tries = 1;
  let begin = (): void => undefined;
  let send = (): void => undefined;
  let end = (_: Status): void => undefined;
  let isCancelled = false;
  let waiting: { timer: NodeJS.Timeout; status: Status } | undefined;

  const again = (status: Status) => {
    waiting = undefined;
    tries += 1;
    try {
      call = make();
    } catch {
      return end(status); // the connection was closed
    }
    begin();
    send();
    call.halfClose();
  };
  const answered = (status: Status) => {
    const pauseMs = delayFunction(tries, status);
    if (isCancelled || !retryableDecider(tries, status) || Date.now() + pauseMs >= deadline)
      return end(status);
    waiting = { timer: setTimeout(again, pauseMs, status), status };
  };
  const cancel = (code: number, details: string) => {
    isCancelled = true;
    if (waiting === undefined) return call.cancelWithStatus(code, details);
    clearTimeout(waiting.timer);
    end({ ...waiting.status, code, details });
  };
  return {
    start(metadata, listener) {
      let message: unknown = null;
      const leave = whenAborted(() => cancel(cancelled, 'Cancelled on client'));
      begin = () =>
        call.start(metadata, {
          onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
          onReceiveMessage: (received) => {
            message = received;
          },
          onReceiveStatus: answered,
        });
      end = (status) => {
        leave();
        listener?.onReceiveMessage?.(message);
        listener?.onReceiveStatus?.(status);
      };
      begin();
    },
    sendMessage(message) {
      send = () => call.sendMessage(message);
      send();
    },
    sendMessageWithContext(context, message) {
      send = () => call.sendMessageWithContext(context, message);
      send();
    },
    halfClose: () => call.halfClose(),
    startRead: () => call.startRead(),
    cancelWithStatus: cancel,
    getPeer: () => call.getPeer(),
    getAuthContext: () => call.getAuthContext(),
  };
}

/** Answers what is to be called once the call has ended: the signal may be one of the whole process. */
function whenAborted(act: () => void): () => void {
  const signal = scope.getStore();
  if (signal?.aborted) setImmediate(act); // once it has begun
  signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}
