import { answerJob } from '../../api/actions.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { SchemaForm } from '../../components/schema-form/schema-form.tsx';
import { Time } from '../../components/time.tsx';
import { useAction } from '../../components/use-action.ts';

interface QuestionProps {
  job: { queue: string; id: string };
  question: { step: string; message: string; schema: unknown; answerBy: string | null };
}

/** What a parked job asks, and the form of the answer. */
export function Question({ job, question }: QuestionProps) {
  return (
    <Panel title="Waiting for your answer" end={question.answerBy && <AnswerBy at={question.answerBy} />}>
      <p className="question break">{question.message}</p>
      <AnswerForm job={job} schema={question.schema} />
    </Panel>
  );
}

export function AnswerForm({ job, schema }: { job: QuestionProps['job']; schema: unknown }) {
  const answer = useAction(
    (given: { value: unknown } | { action: 'decline' }) => answerJob(job, given),
    () => 'Answered; the job continues',
  );
  return (
    <SchemaForm
      schema={schema}
      action="Answer"
      isPending={answer.isPending}
      onValue={(value) => answer.mutate({ value })}
    >
      <Button isDisabled={answer.isPending} onPress={() => answer.mutate({ action: 'decline' })}>
        Decline
      </Button>
    </SchemaForm>
  );
}

const AnswerBy = ({ at }: { at: string }) => (
  <span className="small muted">
    ends <Time at={at} focusable />
  </span>
);
