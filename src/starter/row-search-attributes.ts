import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { type SearchAttributes, ValueError } from '@temporalio/common';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import type { WatchedRow } from './claimed-job.ts';

/** The search attributes that the row of a watched job gives its workflow. Temporal knows their types. @throws {ValueError} */
export function attributesOf({ search_attributes: given }: WatchedRow): SearchAttributes {
  if (given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new ValueError('the search attributes of the row are no JSON object');
  const attributes = Object.entries(given).flatMap(([name, value]: [string, unknown]) =>
    value === null ? [] : [[name, Array.isArray(value) ? value : [value]] as const],
  );
  return Object.fromEntries(attributes);
}

/** Temporal refuses search attributes of just this row. It says so in the words with which it refuses those of all. */
class AttributesRefused extends Error {
  override readonly name = 'AttributesRefused';
}

/** What Temporal says about the search attributes of this row; `undefined`: the error is about something else. */
export function refusalOfAttributes(error: unknown, row: WatchedRow): Error | undefined {
  const said = error instanceof ServiceError ? error.cause : error;
  if (row.search_attributes === null || !isGrpcServiceError(said)) return undefined;
  if (!/search ?attribute/i.test(said.details)) return undefined;
  return searchAttributeNames.some((name) => said.details.includes(name))
    ? undefined
    : new AttributesRefused(said.details);
}
