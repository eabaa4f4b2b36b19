import { expect, test } from 'vitest';
import { readPlan } from '../../run/plan.ts';

const call = { id: 'draft', server: 'notes', tool: 'add_note' };
const messageOf = (value: unknown): string => {
  try {
    readPlan(value, new Set(['notes']));
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'PLAN_INVALID', retryable: false });
    return (error as Error).message;
  }
};

test.each([
  [{}, /at its top: must be a list$/],
  [['x'], /at 0: must be an object: a call \{"id", "server", "tool"\} or a question/],
  [[{ ...call, tool: 7 }], /at 0\.tool \(step "draft"\): must be a text \(read as a call\)/],
  [
    [{ id: 'draft', server: 'notes' }],
    /at 0\.tool \(step "draft"\): is missing; it must be a text \(read as a call\)/,
  ],
  [[call, { ...call, id: 'a b' }], /at 1\.id \(step "a b"\): must be a word of up to 64/],
  [[{ ...call, argments: {} }], /at 0 \(step "draft"\): .*"argments"/],
  [[{ id: 'q', ask: '' }], /at 0\.ask \(step "q"\): .*\(read as a question, for its "ask"\)/],
  [
    [{ id: 'q', ask: 'x', schema: { properties: { a: { type: 'date' } } } }],
    /at 0\.schema\.properties\.a\.type/,
  ],
  [[call, call], /at 1 \(step "draft"\): step ids must differ; "draft" is there twice/],
  [[{ ...call, server: 'x' }], /step "draft" calls the server "x"; MCP_SERVERS names notes/],
])('a plan that is wrong is refused with the place and the reason: %j', (plan, message) => {
  expect(messageOf(plan)).toMatch(message);
  expect(messageOf(plan)).not.toContain('Invalid input (');
});
