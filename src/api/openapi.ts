import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { scopeOf } from './access.ts';
import { methodOf } from './routes.ts';

/** The style element that swagger-ui adds when it starts. A test fails when another version adds another. */
const styleOfLibrary = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** Nothing of other hosts, nothing inline but one style of the library, and in no frame. Its icons are in its style sheet. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${styleOfLibrary}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What every refusal is. https://www.rfc-editor.org/rfc/rfc9457 */
z.looseObject({
  type: z.string(),
  title: z.string().meta({ description: 'The words of the HTTP status' }),
  status: z.number(),
  detail: z.string().meta({ description: 'What is wrong, with the value and the way out' }),
  code: z.string().meta({ description: 'Stable, in capitals' }),
}).meta({ id: 'Problem' });

const info = {
  title: 'Switchyard',
  version: '1',
  description:
    'Jobs are rows of job tables; this API looks at them and changes them. What it refuses is a problem (RFC 9457) with a stable code.',
};

/**
 * Makes an OpenAPI 3.1 document of the schemas of all routes that are added after it, and serves it at `/api/openapi.json`, with a page
 * to try it at `/api/docs`. Both hold no data and are open to everybody.
 */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (document) => {
      const { route } = document;
      const { schema = {}, url } = toJsonSchema(document) as { schema?: FastifySchema; url: string };
      if (schema.hide === true || !url.startsWith('/api/')) return { schema: { hide: true }, url };
      const scope = scopeOf(methodOf(route), route.config?.scope);
      const security = scope === 'public' ? [] : [{ token: [scope] }];
      return { schema: { ...schema, security, response: described(schema.response) }, url };
    },
    transformObject: (document) => {
      const whole = jsonSchemaTransformObject(document) as OpenAPIV3_1.Document;
      return { ...whole, components: { ...whole.components, schemas: answered(whole.components?.schemas) } };
    },
  });
  const open = { config: { scope: 'public' }, schema: { hide: true } } as const;
  app.get('/api/openapi.json', open, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: pagePath,
    staticCSP: pagePolicy,
    theme: { title: 'Switchyard: the API' },
    // Without the bar in which another document could be asked for: there is this one alone.
    uiConfig: { deepLinking: true, tryItOutEnabled: true, layout: 'BaseLayout' },
  });
}

const pagePath = '/api/docs';

/** Opens the routes of the page, which its library adds without a scope, to everybody. */
export function openPage(route: RouteOptions): void {
  if (route.url === pagePath || route.url.startsWith(`${pagePath}/`)) {
    route.config = { ...route.config, scope: 'public' };
  }
}

/**
 * The schemas of answers, by name. Views are answered and never sent, but the library makes two of each; it lists them in the order in
 * which modules happened to load.
 */
const answered = (schemas: NonNullable<OpenAPIV3_1.ComponentsObject['schemas']> = {}) =>
  Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => !name.endsWith('Input'))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

/** The pattern of a time is longer than what it says. */
const toJsonSchema = createJsonSchemaTransform({
  zodToJsonConfig: {
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  },
});

/** What a route answers that has no schema: see docs/api.md. */
const undescribed = { description: 'As docs/api.md says', content: { '*/*': { schema: {} } } };

/** The answers of a route, and the one that all have in common. */
function described(response: unknown): Record<string, unknown> {
  const refused = {
    description: 'Refused',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const answers = (response ?? { '2XX': undescribed }) as Record<string, unknown>;
  return { ...answers, default: refused };
}
