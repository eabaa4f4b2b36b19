import type { FastifyRequest } from 'fastify';
import { readId } from '../queues/definition.ts';
import { Problem, quoteInput } from './problems.ts';

/** The id in the path; from here on the request's log lines carry it. */
export function jobIdOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  const known = readId('uuid', id);
  if (known === undefined) {
    throw new Problem(400, 'BAD_JOB_ID', `a job id is a UUID; got ${quoteInput(id)}`);
  }
  request.log = request.log.child({ jobId: known });
  return known;
}
