import { hasSearchAttributes, missingSearchAttributes } from '../../platform/search-attributes.ts';
import { isTemporalAway, refusalOf } from '../../platform/temporal.ts';
import { searchAttributeNames } from '../../queues/search-attributes.ts';
import type { Check, Gate } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';
import { isNotFound, msOf } from './temporal-answers.ts';

/** Whether Temporal answers, and has the namespace. */
export const temporalAnswers: Gate = {
  name: 'the connection to Temporal',
  needs: [],
  opens: 'temporal',
  async find({ client, limits }) {
    const { namespace } = client.options;
    try {
      await client.withDeadline(Date.now() + limits.checkMs * 0.9, () =>
        client.workflowService.describeNamespace({ namespace }),
      );
      return [];
    } catch (error) {
      const said = refusalOf(error);
      if (isNotFound(error))
        return [
          found(
            'NAMESPACE_MISSING',
            `namespace ${namespace}`,
            `Temporal has no namespace "${namespace}"`,
            `Correct TEMPORAL_NAMESPACE, or: temporal operator namespace create --namespace ${namespace} --retention 7d`,
          ),
        ];
      return isTemporalAway(error)
        ? [
            found(
              'TEMPORAL_AWAY',
              'TEMPORAL_ADDRESS',
              `Temporal does not answer: ${said}`,
              'Is Temporal running, and is TEMPORAL_ADDRESS its address? Jobs wait meanwhile, and go on by themselves.',
            ),
          ]
        : [
            found(
              'TEMPORAL_REFUSES',
              'TEMPORAL_ADDRESS',
              `Temporal refuses to answer: ${said}`,
              'Correct TEMPORAL_API_KEY, TEMPORAL_TLS_… or TEMPORAL_PROFILE, or the rights of that identity.',
            ),
          ];
    }
  },
};

/** Whether the server is not too old. */
export const temporalVersion: Check = {
  name: "Temporal's version",
  needs: ['temporal'],
  async find({ client, limits }) {
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(serverVersion ?? '') ?? [];
    const [leastMajor, leastMinor] = limits.temporalVersion;
    // Temporal Cloud names none, and is never too old.
    if (major === undefined || minor === undefined) return [];
    if (Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor))
      return [];
    return [
      found(
        'TEMPORAL_TOO_OLD',
        'the Temporal server',
        `it is ${serverVersion}; Switchyard needs ${leastMajor}.${leastMinor} or later`,
        'Upgrade Temporal.',
      ),
    ];
  },
};

/** Whether closed workflows are kept for long enough that a starter which was away still sees how they ended. */
export const namespaceRetention: Check = {
  name: 'the retention of the namespace',
  needs: ['temporal'],
  async find({ client, limits }) {
    const { namespace } = client.options;
    const { config } = await client.workflowService.describeNamespace({ namespace });
    const ms = msOf(config?.workflowExecutionRetentionTtl);
    if (ms === 0 || ms >= limits.retentionMs) return [];
    return [
      found(
        'RETENTION_SHORT',
        `namespace ${namespace}`,
        `Temporal keeps closed workflows for ${spanOf(ms)}: of jobs that end while starters are away for longer it is not known how`,
        `temporal operator namespace update --namespace ${namespace} --retention ${spanOf(limits.retentionMs).replace(' ', '')}`,
      ),
    ];
  },
};

/** Whether the namespace has the search attributes by which jobs are found. */
export const searchAttributes: Check = {
  name: 'the search attributes',
  needs: ['temporal'],
  async find({ client }) {
    if (!hasSearchAttributes(client)) return [];
    const missing = await missingSearchAttributes(client, searchAttributeNames);
    if (missing.length === 0) return [];
    const { namespace } = client.options;
    const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
    return [
      found(
        'SEARCH_ATTRIBUTES_MISSING',
        `namespace ${namespace}`,
        `it lacks the search attributes ${missing.join(', ')}: workflows cannot be found by queue, database and error code`,
        `temporal operator search-attribute create --namespace ${namespace} ${flags}`,
      ),
    ];
  },
};
