import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { downloadGoModule, type GoModule } from '../../server/dev/go-module.ts';

/** The version of Kubernetes whose schemas are asked. */
export const kubernetesVersion = '1.37.0';

export const kubernetes: GoModule = {
  module: 'k8s.io/kubernetes',
  version: `v${kubernetesVersion}`,
  sum: 'h1:TDSD+Izz9inqs7SmtJCAu7L5/DuYW9hAZ3GBdF6Ddkw=',
};
/** Where resources come from that Kubernetes does not have itself. */
const resources: readonly { source: GoModule; folder: string }[] = [
  {
    source: {
      module: 'github.com/kedacore/keda/v2',
      version: 'v2.18.0',
      sum: 'h1:ttR223fii/4QJ0YvtrhcWHaEoezByb/t5CeFopjl6EI=',
    },
    folder: 'config/crd/bases',
  },
  {
    source: {
      module: 'github.com/prometheus-operator/prometheus-operator',
      version: 'v0.85.0',
      sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    },
    folder: 'example/prometheus-operator-crd',
  },
];

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = { [name: string]: Json };
interface Definition extends Schema {
  'x-kubernetes-group-version-kind': { group: string; kind: string; version: string }[];
}
interface CustomResource {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** How kubeconform finds the schema of a resource in the folder that `writeSchemas` wrote. */
export const schemaLocation = (folder: string) => join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');

/**
 * Writes a JSON schema for each kind of resource into a folder: those of Kubernetes, from the OpenAPI document of its source, and those of KEDA
 * and the Prometheus operator, from their definitions. They refuse fields that do not exist.
 */
export async function writeSchemas(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const document = join(await downloadGoModule(kubernetes), 'api/openapi-spec/swagger.json');
  const { definitions } = JSON.parse(await readFile(document, 'utf8')) as {
    definitions: Record<string, Definition>;
  };
  await writeFile(join(folder, 'definitions.json'), JSON.stringify({ definitions: strict(definitions) }));
  for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(definitions)) {
    for (const { group, kind, version } of kinds.length === 1 ? kinds : [])
      await writeSchema(folder, { group, kind, version }, { $ref: `definitions.json#/definitions/${name}` });
  }
  for (const base of await resourceFolders()) {
    for (const file of await readdir(base)) {
      const { spec } = parse(await readFile(join(base, file), 'utf8')) as CustomResource;
      for (const { name, schema } of spec.versions) {
        const of = { group: spec.group, kind: spec.names.kind, version: name };
        await writeSchema(folder, of, strict(schema.openAPIV3Schema) as Schema);
      }
    }
  }
}

/** The folders with the definitions of resources that Kubernetes does not have itself. */
export const resourceFolders = (): Promise<string[]> =>
  Promise.all(resources.map(async ({ source, folder }) => join(await downloadGoModule(source), folder)));

/** Only kinds that a chart may hold: lists and options of requests have no name that kubeconform asks for. */
async function writeSchema(
  folder: string,
  { group, kind, version }: { group: string; kind: string; version: string },
  schema: Schema,
): Promise<void> {
  const words = [kind, ...(group === '' ? [] : [group.split('.')[0]]), version];
  await writeFile(join(folder, `${words.join('-').toLowerCase()}.json`), JSON.stringify(schema));
}

/** An OpenAPI schema as a JSON schema, in which an object has no fields but those it names. */
function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  if (schema['format'] === 'int-or-string') return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const result = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  // The root of a resource of others names neither apiVersion nor kind in each of them, but may have both.
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const named = schema['properties'] !== undefined && typeof schema['type'] === 'string';
  return named && !open ? { ...result, additionalProperties: false } : result;
}
