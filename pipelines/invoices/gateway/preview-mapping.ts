import type { Mapping } from './mapping-schema.ts';
import { Problem } from './problems.ts';
import { readMapping } from './read-mapping.ts';

/** The largest mapping that a preview takes, as JSON. */
export const mostMappingBytes = 256 * 1024;

/**
 * The mapping that came as JSON in a field.
 * @throws {Problem} 400 with the first thing that is wrong with it
 */
export function mappingOfField(field: string | undefined): Mapping {
  if (field === undefined)
    throw new Problem(400, 'NO_MAPPING', 'the field "mapping" is missing; send the mapping as JSON');
  const read = readMapping(parsed(field));
  if (read.problems === undefined) return read.mapping;
  const [{ place, message }] = read.problems;
  throw new Problem(400, 'MAPPING_WRONG', `the mapping is wrong at ${place}: ${message.slice(0, 500)}`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Problem(400, 'MAPPING_WRONG', `the mapping is not JSON: ${(error as Error).message}`);
  }
}
