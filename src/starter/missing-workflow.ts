import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';

const { Status } = proto.google.rpc;

/** gRPC's NOT_FOUND. */
const notFound = 5;

/** Whether Temporal says that it has no such workflow, or no such open one, and not that it has no such namespace. */
export function isMissingWorkflow(error: unknown): boolean {
  if (!isGrpcServiceError(error) || error.code !== notFound) return false;
  const [details] = error.metadata.get('grpc-status-details-bin');
  if (details === undefined || typeof details === 'string') return !/namespace/i.test(error.details);
  return Status.decode(details).details.every(
    ({ type_url }) => !type_url?.endsWith('NamespaceNotFoundFailure'),
  );
}
