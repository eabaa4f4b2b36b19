import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** gRPC's own number. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const notFound = 5;

/** Whether Temporal said that it has no such namespace, schedule or workflow. */
export function isNotFound(error: unknown): boolean {
  const said = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(said) && said.code === notFound;
}

/** What Temporal answers; `undefined`: there is no such thing. */
export const orMissing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

/** A time of a protocol message in milliseconds since 1970, or a span in milliseconds; 0 where there is none. */
export const msOf = (time: { seconds?: unknown } | null | undefined): number =>
  Number(time?.seconds ?? 0) * 1000;
