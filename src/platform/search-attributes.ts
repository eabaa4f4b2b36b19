import { type Client, type Connection, isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Logger } from './logging.ts';
import type { SearchAttributeChoice } from './settings.ts';

/** gRPC's own numbers. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const status = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNAVAILABLE: 14,
};
/** Of these a refusal says nothing of what may be done: it is asked again. */
const passing = [
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  status.UNAVAILABLE,
];
/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const keywordType = 2;

/** What was chosen for clients; `all` for the others. */
const choices = new WeakMap<Client, SearchAttributeChoice>();

/** Decides once which search attributes the client gives the workflows that it starts, and searches by. */
export const chooseSearchAttributes = (client: Client, choice: SearchAttributeChoice): void =>
  void choices.set(client, choice);

/** Which of them workflows are started with now: none where the namespace does not know them, as far as was seen. */
export const chosenSearchAttributes = (client: Client): SearchAttributeChoice =>
  lacking.has(client) ? 'off' : (choices.get(client) ?? 'all');

/** Which clients' namespaces were last seen to lack search attributes of ours. */
const lacking = new WeakMap<Client, readonly string[]>();

/** Whether workflows of the client have search attributes of ours: they are wanted, and its namespace knows them, as far as was seen. */
export const hasSearchAttributes = (client: Client): boolean => chosenSearchAttributes(client) !== 'off';

/**
 * Makes sure that the namespace knows the keyword search attributes; adding is idempotent. Where they are missing and may not be added from
 * here, as in Temporal Cloud, things go on without: that is told once, with the command that adds them, and so is when they have come.
 * Where none are wanted none are added.
 * @throws the error of Temporal when it is away
 */
export async function ensureSearchAttributes(
  client: Client,
  names: readonly string[],
  log?: Logger,
): Promise<void> {
  if (choices.get(client) === 'off') return;
  const { missing, why } = await findMissing(client, names);
  const before = lacking.get(client);
  if (missing.length === 0) {
    if (lacking.delete(client)) log?.info('the namespace has the search attributes of Switchyard now');
    return;
  }
  lacking.set(client, missing);
  if (before?.join() === missing.join()) return;
  const { namespace } = client.options;
  const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  log?.warn(
    { missing, why },
    `the namespace "${namespace}" lacks search attributes and did not let us add them. Jobs run without; workflows cannot be searched by ` +
      "Switchyard* in Temporal's Web UI, and those without a row are found by their type and task queue. They are used once they are there: " +
      `temporal operator search-attribute create --namespace ${namespace} ${flags}`,
  );
}

/** Which of these the namespace lacks. Adds none; where it may not be asked what there is, a search by them tells. */
export async function missingSearchAttributes(
  client: Client,
  names: readonly string[],
): Promise<readonly string[]> {
  const known = await knownSearchAttributes(client);
  if (known !== undefined) return names.filter((name) => known[name] === undefined);
  return (await canSearchBy(client, names)) ? [] : names;
}

/** Those that the namespace lacks, after they were added where that is allowed; and why they were not. */
async function findMissing(
  client: Client,
  names: readonly string[],
): Promise<{ missing: readonly string[]; why?: string }> {
  const known = await knownSearchAttributes(client);
  const missing = names.filter((name) => known?.[name] === undefined);
  if (missing.length === 0) return { missing };
  try {
    const { operatorService } = client.connection as Connection;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, keywordType]));
    await operatorService.addSearchAttributes({ namespace: client.options.namespace, searchAttributes });
    return { missing: [] };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === status.ALREADY_EXISTS) return { missing: [] };
    if (isPassing(error)) throw error;
    if (known === undefined && (await canSearchBy(client, missing))) return { missing: [] };
    return { missing, why: error instanceof Error ? error.message : String(error) };
  }
}

/** `undefined`: it cannot be told, as by Temporal's time-skipping test server, or may not be told to us. */
async function knownSearchAttributes(client: Client): Promise<Record<string, unknown> | undefined> {
  const { operatorService } = client.connection as Connection;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({
      namespace: client.options.namespace,
    });
    return customAttributes ?? {};
  } catch (error) {
    if (isPassing(error)) throw error;
    return undefined;
  }
}

/** Temporal refuses a search by what it does not know. */
async function canSearchBy({ workflowService, options }: Client, names: readonly string[]): Promise<boolean> {
  const query = names.map((name) => `${name} = 'none'`).join(' AND ');
  try {
    await workflowService.countWorkflowExecutions({ namespace: options.namespace, query });
    return true;
  } catch (error) {
    if (isPassing(error)) throw error;
    return false;
  }
}

const isPassing = (error: unknown): boolean =>
  !isGrpcServiceError(error) || passing.includes(error.code as number);

/** Whether Temporal refused a start because the namespace knows our search attributes no more: it lost its data. */
export function lacksSearchAttributes(error: unknown): boolean {
  const said = error instanceof ServiceError ? error.cause : error;
  return (
    isGrpcServiceError(said) &&
    said.code === status.INVALID_ARGUMENT &&
    /search ?attribute/i.test(said.details)
  );
}
