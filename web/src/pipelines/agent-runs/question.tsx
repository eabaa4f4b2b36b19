import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { SchemaForm } from '../../components/schema-form/schema-form.tsx';
import { Time } from '../../components/time.tsx';
import { tell } from '../../components/toasts.tsx';

import { DiffView } from './diff-view.tsx';
import { type AgentRun, answerRun, diffQuery, queue } from './queries.ts';

type Question = NonNullable<AgentRun['question']>;

/** What a run asks, beside what it has changed so far. */
export function QuestionAndDiff({ run, question }: { run: AgentRun; question: Question }) {
  const diff = useQuery(diffQuery(run.id)).data;
  return (
    <div className="beside">
      <Panel title="It asks">
        <div className="stack">
          <div>
            <p className="question break">{question.message}</p>
            <p className="muted small">
              Step <code>{question.step}</code>
              {question.answerBy && (
                <>
                  ; without an answer the run fails <Time at={question.answerBy} />
                </>
              )}
            </p>
          </div>
          <AnswerForm key={question.step} run={run} question={question} />
        </div>
      </Panel>
      <Panel title="Changed so far">
        {diff ? <DiffView diff={diff} /> : <p className="muted">No file has changed.</p>}
      </Panel>
    </div>
  );
}

function AnswerForm({ run, question }: { run: AgentRun; question: Question }) {
  const queries = useQueryClient();
  const answer = useMutation({
    mutationFn: (given: { value?: unknown; action?: string }) =>
      answerRun(run.id, { step: question.step, ...given }),
    onSuccess: async () => {
      tell('Answer sent; the run continues');
      await queries.invalidateQueries({ queryKey: ['job', queue, run.id] });
    },
  });
  return (
    <div className="stack">
      <SchemaForm
        schema={question.schema}
        action="Send answer"
        isPending={answer.isPending}
        onValue={(value) => answer.mutate({ value })}
      >
        {question.mayDecline && (
          <Button isDisabled={answer.isPending} onPress={() => answer.mutate({ action: 'decline' })}>
            Decline
          </Button>
        )}
      </SchemaForm>
      {answer.error && <ProblemNote error={answer.error} />}
    </div>
  );
}
