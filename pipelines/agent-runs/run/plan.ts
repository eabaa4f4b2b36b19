import { JobError, wordsOfIssue } from 'pg-switchyard';
import { z } from 'zod';
import { AgentRunErrorCode } from '../error-codes.ts';

const stepId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be a word of up to 64 letters, digits, "_", "-"');

const field = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional(),
  maxLength: z.number().int().positive().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
});

const answerSchema = z.strictObject({
  type: z.literal('object').optional(),
  properties: z.record(z.string().min(1).max(64), field),
  required: z.array(z.string()).optional(),
});

const call = z.strictObject({
  id: stepId,
  server: z.string().min(1),
  tool: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()).default({}),
  timeoutMs: z.number().int().positive().optional(),
});

const question = z.strictObject({
  id: stepId,
  ask: z.string().min(1).max(2_000),
  schema: answerSchema.default({ properties: { text: { type: 'string' } }, required: ['text'] }),
});

/** A step is checked as what it looks like, so that a message names the field that is wrong. */
const step = z.unknown().transform((value, context): Call | Question => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) {
    context.addIssue('must be an object: a call {"id", "server", "tool"} or a question {"id", "ask"}');
    return z.NEVER;
  }
  const parsed = ('ask' in value ? question : call).safeParse(value);
  if (parsed.success) return parsed.data;
  const kind = 'ask' in value ? 'as a question, for its "ask"' : 'as a call';
  for (const issue of parsed.error.issues) {
    const message = `${wordsOfIssue(issue, value)} (read ${kind})`;
    context.addIssue({ code: 'custom', path: [...issue.path], message });
  }
  return z.NEVER;
});

const plan = z
  .array(step)
  .min(1)
  .max(200)
  .superRefine((steps, context) => {
    const ids = steps.map(({ id }) => id);
    const twice = ids.findIndex((id, i) => ids.indexOf(id) !== i);
    if (twice >= 0)
      context.addIssue({
        code: 'custom',
        path: [twice],
        message: `step ids must differ; "${ids[twice]}" is there twice`,
      });
  });

export type Call = z.output<typeof call>;
export type Question = z.output<typeof question>;
export type Step = Call | Question;
/** What people answered so far, by step. */
export type Answers = Readonly<Record<string, unknown>>;

/**
 * The steps of a run: calls of tools, and questions.
 * @throws {JobError} `PLAN_INVALID` that names the step and what is wrong; also for a server that is not configured
 */
export function readPlan(value: unknown, servers: ReadonlySet<string>): Step[] {
  const parsed = plan.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const words = issue && wordsOfIssue(issue, value);
    throw invalid(`the plan is wrong at ${placeOf(issue?.path ?? [], value)}: ${words}`);
  }
  for (const step of parsed.data) {
    if ('ask' in step || servers.has(step.server)) continue;
    throw invalid(
      `step "${step.id}" calls the server "${step.server}"; MCP_SERVERS names ${[...servers].join(', ') || 'none'}`,
    );
  }
  return parsed.data;
}

/** `1.tool of step "draft"`: by its place, and by its id where it has one. */
function placeOf(path: readonly PropertyKey[], value: unknown): string {
  if (path.length === 0) return 'its top';
  const id: unknown = Array.isArray(value) ? value[Number(path[0])]?.id : undefined;
  return `${path.map(String).join('.')}${typeof id === 'string' ? ` (step "${id.slice(0, 64)}")` : ''}`;
}

/**
 * The arguments with the answers put in: `{"$answer": "step.field"}` is that field of that answer.
 * @throws {JobError} `PLAN_INVALID` for an answer that is not there
 */
export function withAnswers(value: unknown, answers: Answers): unknown {
  if (Array.isArray(value)) return value.map((item) => withAnswers(item, answers));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === '$answer') return answerAt(String(only[1]), answers);
  return Object.fromEntries(entries.map(([name, item]) => [name, withAnswers(item, answers)]));
}

/** The arguments, unless they hold an answer that is not there yet. */
export function knownArguments(value: unknown, answers: Answers): unknown {
  try {
    return withAnswers(value, answers);
  } catch (error) {
    if (error instanceof JobError) return undefined;
    throw error;
  }
}

function answerAt(place: string, answers: Answers): unknown {
  const [step = '', name = ''] = place.split('.');
  const answer = Object.hasOwn(answers, step) ? answers[step] : undefined;
  if (typeof answer === 'object' && answer !== null && Object.hasOwn(answer, name))
    return (answer as Record<string, unknown>)[name];
  throw invalid(`there is no answer "${place}" at this step`);
}

const invalid = (message: string) =>
  new JobError(AgentRunErrorCode.PLAN_INVALID, message, { retryable: false });
