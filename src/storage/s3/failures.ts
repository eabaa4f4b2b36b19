import { systemErrorCode } from '../../platform/errors.ts';
import { StoreFailure } from '../failures.ts';

/** Parts of the client's errors that are told; the rest may hold signatures. */
interface ClientError {
  name: string;
  message: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** A file that is not there, with the system's own code. */
export class NoSuchObject extends Error {
  override readonly name = 'NoSuchObject';
  readonly code = 'ENOENT';
}

/** Nobody writes what the store refuses so, however often it is tried. */
const atFault = new Set([
  'BadDigest',
  'EntityTooLarge',
  'InvalidArgument',
  'InvalidRequest',
  'KeyTooLongError',
]);
const silence = new Set(['ETIMEDOUT', 'TimeoutError', 'RequestTimeout']);

/** The failure of a store that an error of the AWS client stands for. */
export function failureOf(error: unknown): Error {
  if (!(error instanceof Error) || error instanceof StoreFailure) return error as Error;
  const { name, $metadata } = error as ClientError;
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchKey' || name === 'NotFound') return new NoSuchObject('it is not in the bucket');
  if (status === undefined) {
    const code = systemErrorCode(error) ?? name;
    const why =
      name === 'CredentialsProviderError' ? 'no credentials were found for it' : `no answer (${code})`;
    return new StoreFailure(
      `the store: ${why}`,
      code,
      silence.has(code) || silence.has(name) ? 'silent' : 'refuses',
    );
  }
  const request = $metadata?.requestId === undefined ? '' : `, request ${$metadata.requestId.slice(0, 100)}`;
  const says = atFault.has(name) ? 'answers' : silence.has(name) ? 'silent' : 'refuses';
  return new StoreFailure(`the store answered ${status} ${name}${request}`, name, says);
}

/** Whether the object of a conditional write was there already. */
export const isThereAlready = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PreconditionFailed';

export async function rethrowAsFailure<T>(call: Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    throw failureOf(error);
  });
}
