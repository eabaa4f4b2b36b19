import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Problem, quoteInput } from 'pg-switchyard/api';
import { z } from 'zod';
import { listMappings } from '../mappings.ts';

const described = z.object({ description: z.string() });

/** `GET /api/mappings`: by which mappings the gateway makes XML. `GET /api/mappings/:name`: one of them, as its file has it. */
export function mappingRoutes(app: FastifyInstance, mappingsDir: string): void {
  app.get('/api/mappings', async () => {
    const names = await listMappings(mappingsDir);
    const mappings = await Promise.all(
      names.map(async (name) => ({
        name,
        description: descriptionIn(await readMappingFile(mappingsDir, name)),
      })),
    );
    return { mappings };
  });

  app.get('/api/mappings/:name', async (request, reply) => {
    const { name } = request.params as { name: string };
    const known = await listMappings(mappingsDir);
    if (!known.includes(name))
      throw new Problem(
        404,
        'NO_SUCH_MAPPING',
        `there is no mapping ${quoteInput(name)}; known are ${known.join(', ')}`,
      );
    return reply.type('application/json').send(await readMappingFile(mappingsDir, name));
  });
}

const readMappingFile = (dir: string, name: string) => readFile(join(dir, `${name}.json`), 'utf8');

/** `null`: the file is no mapping, which the gateway says when it starts. */
function descriptionIn(file: string): string | null {
  try {
    return described.parse(JSON.parse(file)).description;
  } catch {
    return null;
  }
}
